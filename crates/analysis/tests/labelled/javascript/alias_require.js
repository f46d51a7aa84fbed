// finds: file
const r = require;
r('fs').unlinkSync('x');
