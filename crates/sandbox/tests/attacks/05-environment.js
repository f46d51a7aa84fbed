// attack: prints its environment, its report and every environment file in reach
// expect: exited
// stopped-by: jail, namespaces, filesystem
// exit: 0
const fs = require('fs');
const allowed = ['PATH', 'HOME', 'TMPDIR', 'LANG'];
const extra = Object.keys(process.env).filter((name) => !allowed.includes(name));
for (const path of ['/proc/self/environ', '/proc/1/environ', `/proc/${process.ppid}/environ`])
  try { console.log(path, fs.readFileSync(path, 'latin1')); } catch {}
if (extra.length || fs.existsSync('/proc/1')) { console.log('GOT THROUGH: ' + extra); process.exit(1); }
