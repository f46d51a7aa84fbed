// finds: nothing
const fs = require('fs');
const lines = fs.readFileSync(0, 'utf8').split('\n');
console.log(lines.length);
