// attack: makes the interpreter open its debugger by a signal
// expect: syscall_denied | exited | signaled
// stopped-by: runtime, seccomp
// stdout-lacks: GOT THROUGH
// stderr-lacks: Debugger listening
process.kill(process.pid, 'SIGUSR1');
setTimeout(() => {}, 500);
