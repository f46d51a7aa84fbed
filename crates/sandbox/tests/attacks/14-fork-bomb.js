// attack: fork bomb
// expect: syscall_denied
const { fork } = require('child_process');
for (;;) fork(__filename);
