console.log('before');process.stdout.write('');process.kill(process.pid,'SIGABRT');setInterval(()=>{},100);
