// attack: looks for the service's own files, packages and settings
// expect: exited
// stopped-by: filesystem
// exit: 0
const fs = require('fs');
for (const path of ['/work', '/root', '/home', '/var', '/data', '/srv', '/opt', '/usr/share', '/usr/local', '/usr/lib/node_modules', '/etc/letscode', '/etc/hosts', '/etc/resolv.conf', '/etc/hostname', '/workspace/package.json'])
  if (fs.existsSync(path)) { console.log('GOT THROUGH: ' + path); process.exit(1); }
