// finds: file
require('fs').writeFileSync('out.txt', 'x');
