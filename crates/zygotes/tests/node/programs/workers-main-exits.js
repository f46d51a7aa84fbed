const {Worker,isMainThread}=require('worker_threads');if(isMainThread){new Worker(__filename).on('online',()=>{console.log('online');process.exit(3);});}else setInterval(()=>{},10);
