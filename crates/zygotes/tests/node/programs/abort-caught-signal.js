process.on('SIGTERM',()=>{console.log('term');process.exit(2);});process.kill(process.pid,'SIGTERM');setInterval(()=>{},100);
