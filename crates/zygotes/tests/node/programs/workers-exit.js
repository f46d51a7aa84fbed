const {Worker,isMainThread}=require('worker_threads');if(isMainThread){new Worker(__filename).on('exit',c=>console.log('code',c));}else process.exit(7);
