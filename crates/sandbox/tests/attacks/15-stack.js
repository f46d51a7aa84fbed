// attack: recursion without end, with a stack said to be larger than it is
// expect: signaled | memory_exceeded | exited
// stopped-by: runtime, rlimits, cgroups
// exit: 1
require('v8').setFlagsFromString('--stack-size=900000000');
function deeper(n) { return deeper(n + 1) + n; }
setTimeout(() => require('vm').runInNewContext('(' + deeper + ')(0)'));
