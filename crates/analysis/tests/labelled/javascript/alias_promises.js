// finds: file
const { readFile } = require('fs/promises');
readFile('x');
