// finds: nothing
require('fs').writeSync(1, 'x');
