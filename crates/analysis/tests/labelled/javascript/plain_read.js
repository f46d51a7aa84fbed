// finds: file
const fs = require('fs');
console.log(fs.readFileSync('data.txt', 'utf8'));
