const {Worker}=require('worker_threads');new Worker("require('worker_threads').parentPort.postMessage(require('fs').readFileSync.name)",{eval:true}).on('message',m=>console.log(m));
