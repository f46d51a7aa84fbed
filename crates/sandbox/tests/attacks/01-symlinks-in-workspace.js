// attack: replaces its own source and every folder in reach by links to the host, and writes through them
// expect: exited
// stopped-by: filesystem
// exit: 0
// stdin: {canary}
const fs = require('fs');
const canary = fs.readFileSync(0, 'utf8').trim();
fs.rmSync('solution.js');
fs.symlinkSync(canary, 'solution.js');
fs.symlinkSync('/', '/tmp/root');
for (const path of ['solution.js', '/tmp/root' + canary, '/workspace/../..' + canary]) {
  for (const act of [() => fs.appendFileSync(path, 'owned', { flag: 'r+' }), () => fs.readFileSync(path), () => fs.chmodSync(path, 0o777)]) {
    try { act(); } catch { continue; }
    console.log('GOT THROUGH: ' + path);
    process.exit(1);
  }
}
for (const folder of ['/workspace', '/tmp', '/dev', '/proc/self/cwd'])
  try { fs.rmdirSync(folder); fs.symlinkSync('/', folder); console.log('GOT THROUGH: replaced ' + folder); process.exit(1); } catch {}
