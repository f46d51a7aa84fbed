// attack: loads machine code into the interpreter
// expect: exited
// stopped-by: seccomp, filesystem
// exit: 0
const fs = require('fs');
fs.writeFileSync('/tmp/x.node', Buffer.from('7f454c4602010100', 'hex'));
for (const path of ['/tmp/x.node', '/usr/lib/x86_64-linux-gnu/libc.so.6', '/lib/x86_64-linux-gnu/libm.so.6'])
  try { process.dlopen({ exports: {} }, path); console.log('loaded ' + path); } catch (error) { console.log(error.code); }
for (const name of ['spawn_sync', 'process_wrap', 'tcp_wrap', 'pipe_wrap'])
  try { process.binding(name); } catch {}
