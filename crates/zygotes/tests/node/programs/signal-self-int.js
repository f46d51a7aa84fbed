process.on('SIGINT',s=>{console.log(s);process.exit();});process.kill(process.pid,'SIGINT');setInterval(()=>{},100);
