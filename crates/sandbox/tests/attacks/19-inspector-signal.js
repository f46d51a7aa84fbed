// attack: makes the interpreter open its debugger by a signal
// expect: syscall_denied | exited | signaled
// stdout-lacks: GOT THROUGH
// stderr-lacks: Debugger listening
process.kill(process.pid, 'SIGUSR1');
setTimeout(() => {}, 500);
