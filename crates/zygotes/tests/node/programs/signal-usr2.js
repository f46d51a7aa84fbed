let n=0;process.on('SIGUSR2',()=>{if(++n==3){console.log('three');process.exit();}process.kill(process.pid,'SIGUSR2');});process.kill(process.pid,'SIGUSR2');setInterval(()=>{},100);
