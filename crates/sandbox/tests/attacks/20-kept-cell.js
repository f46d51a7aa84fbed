// attack: leaves marks for its own next test, which may be run in the same cell
// expect: Accepted
// stopped-by: filesystem, jail
// judge: aplusb
const fs = require('fs');
const [a, b] = fs.readFileSync(0, 'utf8').trim().split(/\s+/).map(BigInt);
const MARK = 'letscode-attack-mark';
const found = [];
for (const folder of ['/tmp', '/workspace', '/dev/shm', '/run', '/var/tmp'])
  if (fs.existsSync(`${folder}/${MARK}`)) found.push(folder);
if (fs.readdirSync('/tmp').length || fs.readdirSync('/workspace').some((name) => name !== 'solution.js')) found.push('files');
if (process.umask() === 0o777 || process.env[MARK] || globalThis[MARK] || Array.prototype[MARK]) found.push('the process');
if (fs.statfsSync('/tmp').bfree !== fs.statfsSync('/tmp').blocks) found.push('a part of the disk');
fs.writeSync(1, found.length ? 'GOT THROUGH' : `${a + b}\n`);
globalThis[MARK] = Array.prototype[MARK] = process.env[MARK] = 'seen';
process.env.NODE_OPTIONS = '--require=/tmp/hook.js';
for (const folder of ['/tmp', '/workspace', '/dev/shm', '/run', '/var/tmp', '/workspace/node_modules', '/node_modules'])
  for (const name of [MARK, 'hook.js', 'package.json', '.npmrc', 'fs.js', 'solution.js'])
    try {
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(`${folder}/${name}`, "require('fs').writeSync(1, 'GOT THROUGH')");
    } catch {}
process.umask(0o777);
for (const folder of ['/tmp', '/workspace']) {
  fs.utimesSync(folder, 1000, 1000);
  fs.chmodSync(folder, 0);
}
