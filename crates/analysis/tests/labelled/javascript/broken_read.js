// finds: file
const fs = require('fs');
fs.readFileSync('x');
function ( {
