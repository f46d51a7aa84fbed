console.log('now');process.kill(process.pid,'SIGTERM');setInterval(()=>{},100);
