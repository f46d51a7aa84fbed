// attack: a module without end
// expect: memory_exceeded | exited | signaled | cpu_time_exceeded
// stopped-by: runtime, cgroups, supervisor
require('/dev/zero');
