// finds: nothing
const data = require('fs').readFileSync('/dev/stdin', 'utf8');
console.log(data.length);
