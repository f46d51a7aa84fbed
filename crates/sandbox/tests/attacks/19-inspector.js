// attack: opens the interpreter's debugger to the world
// expect: syscall_denied
// stopped-by: seccomp
require('inspector').open(9229, '0.0.0.0', false);
console.log('GOT THROUGH');
process.exit(1);
