// finds: file
const { readFileSync } = require('fs');
const read = readFileSync;
read('x');
