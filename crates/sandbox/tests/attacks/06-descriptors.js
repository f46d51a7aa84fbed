// attack: looks for descriptors that lead out of the cell (node has some of its own)
// expect: exited
// stopped-by: jail
// exit: 0
const fs = require('fs');
for (const fd of fs.readdirSync('/proc/self/fd')) {
  let link;
  try { link = fs.readlinkSync('/proc/self/fd/' + fd); } catch { continue; }
  console.log(fd, link);
  const own = /^(pipe:|anon_inode:\[(eventpoll|eventfd)\]|\/dev\/null$|\/proc\/|\/memfd:(input|stdout) )/.test(link);
  if (!own) { console.log('GOT THROUGH'); process.exit(1); }
}
