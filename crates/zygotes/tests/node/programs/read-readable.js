process.stdin.on('readable',()=>{let c;while((c=process.stdin.read())!==null)process.stdout.write(c);});process.stdin.on('end',()=>console.log('end'));
