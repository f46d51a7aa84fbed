const c=[];process.stdin.on('data',d=>c.push(d)).on('end',()=>console.log(Buffer.concat(c).length));
