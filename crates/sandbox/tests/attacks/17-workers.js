// attack: four workers that burn CPU while the main thread waits
// expect: cpu_time_exceeded
// stopped-by: supervisor, cgroups
const { Worker, isMainThread } = require('worker_threads');
if (isMainThread) for (let i = 0; i < 4; i++) new Worker(__filename);
else for (;;);
