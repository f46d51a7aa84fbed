// finds: nothing
const { readFileSync } = require('fs');
console.log(readFileSync(process.stdin.fd).length);
