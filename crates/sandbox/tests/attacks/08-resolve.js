// attack: asks the host's name server, which can carry data out
// expect: syscall_denied
// stopped-by: seccomp, network
require('dns').resolve4('secret.example.com', (error) => { console.log('refused later than it should be: ' + error); process.exit(1); });
