// attack: a file that grows until it may not
// expect: exited | output_exceeded
// stopped-by: rlimits, filesystem
// exit: 0
const fs = require('fs');
let written = 0;
try { for (;;) written += (fs.appendFileSync('/tmp/log', Buffer.alloc(1 << 20, 1)), 1); } catch (error) { console.log(error.code); }
if (written > 100) { console.log('GOT THROUGH: ' + written); process.exit(1); }
