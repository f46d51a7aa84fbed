// attack: fork bomb
// expect: syscall_denied
// stopped-by: seccomp, cgroups
const { fork } = require('child_process');
for (;;) fork(__filename);
