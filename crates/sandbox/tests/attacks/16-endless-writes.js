// attack: output without end, written past the interpreter's queue
// expect: output_exceeded
// stopped-by: supervisor
const fs = require('fs');
for (;;) fs.writeSync(1, 'x'.repeat(1000) + '\n');
