// attack: runs code while its syntax is checked, and looks for what an earlier step left
// expect: exited
// stopped-by: filesystem, namespaces
// exit: 0
const fs = require('fs');
const found = [...fs.readdirSync('/tmp'), ...fs.readdirSync('/workspace')];
fs.writeFileSync('/tmp/letscode-attack-mark', 'checked');
if (found.join() !== 'solution.js') { console.log('GOT THROUGH: ' + found); process.exit(1); }
