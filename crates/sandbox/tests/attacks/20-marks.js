// attack: leaves marks wherever it can, and looks for those of an earlier run
// expect: exited
// stopped-by: filesystem, namespaces
// exit: 0
// runs: 2
const fs = require('fs');
for (const place of ['/tmp', '/var/tmp', '/dev/shm', '/workspace', '/run/lock', '/usr/lib', '/home', '/root', '', process.env.HOME + '/.node_repl_history', require('os').tmpdir()]) {
  const path = place + '/letscode-attack-mark-js';
  if (fs.existsSync(path) && !['/dev/shm', require('os').tmpdir()].includes(place)) { console.log('GOT THROUGH: ' + path); process.exit(1); }
  try { fs.writeFileSync(path, 'seen'); } catch {}
}
