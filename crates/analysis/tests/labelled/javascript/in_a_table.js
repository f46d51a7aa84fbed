// finds: file
const fs = require('fs');
const table = { go: fs.unlinkSync };
table.go('x');
