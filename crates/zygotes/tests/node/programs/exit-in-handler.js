process.on('exit',c=>{console.log('exit',c);process.exitCode=5;});process.on('beforeExit',c=>console.log('before',c));
