// attack: a named socket in the workspace, and the host's container daemon
// expect: syscall_denied
// stopped-by: seccomp
require('net').createServer().listen('/workspace/socket', () => { console.log('GOT THROUGH'); process.exit(1); });
