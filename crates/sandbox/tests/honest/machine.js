// honest: what os tells of the machine: as many cores as the program may use, and the usual calls do not throw
// stdout: true 0 true true true
// stdout: true true 0
const os = require('os');
const { Worker } = require('worker_threads');
const cpus = os.cpus();
const complete = cpus.every((cpu) => typeof cpu.model === 'string' && cpu.speed >= 0 && cpu.times.idle >= 0);
console.log(cpus.length === os.availableParallelism(), Object.keys(os.networkInterfaces()).length, complete, os.freemem() > 0, os.uptime() > 0);
os.loadavg(); os.hostname(); os.release(); os.version(); os.machine(); os.userInfo(); os.totalmem();
new Worker(`import('os').then((os) => console.log(os.cpus().length > 0, os.default.cpus().length === ${cpus.length}, Object.keys(os.networkInterfaces()).length))`, { eval: true });
