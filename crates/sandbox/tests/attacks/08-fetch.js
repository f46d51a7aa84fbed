// attack: fetches an address of the cloud's metadata service
// expect: syscall_denied
// stopped-by: seccomp, network
fetch('http://169.254.169.254/latest/meta-data/').then((answer) => { console.log('GOT THROUGH ' + answer.status); process.exit(1); }, (error) => { console.log('refused later than it should be: ' + error); process.exit(1); });
