const fs=require('fs');const b=Buffer.alloc(4);let n,t=0;while((n=fs.readSync(0,b,0,4,null))>0)t+=n;console.log(t);
