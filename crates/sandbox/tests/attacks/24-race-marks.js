// attack: many runs at once write and read the same names
// expect: exited
// stopped-by: filesystem, namespaces
// exit: 0
// at-once: 6
const fs = require('fs');
const own = String(process.hrtime.bigint()) + Math.random();
for (let round = 0; round < 200; round++) {
  fs.writeFileSync('/tmp/same', own);
  fs.writeFileSync('same', own);
  if (fs.readFileSync('/tmp/same', 'utf8') + fs.readFileSync('/workspace/same', 'utf8') !== own + own) { console.log('GOT THROUGH'); process.exit(1); }
}
