console.log('now');process.kill(process.pid,'SIGKILL');setInterval(()=>{},100);
