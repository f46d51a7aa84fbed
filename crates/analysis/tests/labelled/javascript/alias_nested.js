// finds: file
const { promises: { readFile } } = require('fs');
readFile('x');
