process.stdin.once('data',d=>{console.log(String(d).split('\n')[0]);process.stdin.destroy();});
