// attack: child_process with shell characters
// expect: syscall_denied
// stopped-by: seccomp, filesystem
const { execSync } = require('child_process');
console.log('GOT THROUGH: ' + execSync('id; touch letscode-attack-mark $(id)', { shell: '/proc/self/exe' }));
process.exit(1);
