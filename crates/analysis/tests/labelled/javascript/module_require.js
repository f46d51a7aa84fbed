// finds: file
module.require('fs').mkdirSync('x');
