// attack: many workers, each under its own heap limit
// expect: memory_exceeded | signaled
// stopped-by: cgroups, runtime
const { Worker, isMainThread } = require('worker_threads');
if (isMainThread) for (let i = 0; i < 12; i++) new Worker(__filename);
else { const kept = []; for (let i = 0; i < 64; i++) kept.push(new Uint8Array(1 << 20).fill(1)); setTimeout(() => kept, 1e6); }
