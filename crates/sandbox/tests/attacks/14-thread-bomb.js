// attack: worker bomb
// expect: exited | signaled | memory_exceeded | cpu_time_exceeded
// stopped-by: cgroups
// stdout-lacks: GOT THROUGH
const { Worker, isMainThread } = require('worker_threads');
let started = 0;
if (isMainThread)
  for (let i = 0; i < 500; i++)
    new Worker('setTimeout(() => {}, 1e6)', { eval: true }).on('online', () => { if (++started > 60) { console.log('GOT THROUGH'); process.exit(1); } }).on('error', () => process.exit(0));
