// attack: a module without end
// expect: memory_exceeded | exited | signaled | cpu_time_exceeded
require('/dev/zero');
