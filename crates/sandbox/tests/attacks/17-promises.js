// attack: a queue of promises that never empties
// expect: cpu_time_exceeded | memory_exceeded
// stopped-by: supervisor, cgroups
const again = () => Promise.resolve().then(again);
again();
