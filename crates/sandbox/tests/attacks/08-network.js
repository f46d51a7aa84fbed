// attack: connects to the database next door
// expect: syscall_denied
// stopped-by: seccomp, network
require('net').connect(5432, '127.0.0.1', () => console.log('GOT THROUGH')).on('error', (error) => { console.log('refused later than it should be: ' + error); process.exit(1); });
