const {MessageChannel}=require('worker_threads');const {port1,port2}=new MessageChannel();port2.on('message',m=>{console.log(m);port2.close();});port1.postMessage({a:new Map([[1,2]]),d:new Date(0)});
