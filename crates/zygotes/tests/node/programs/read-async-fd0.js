require('fs').readFile(0,'utf8',(e,t)=>console.log(e,t.length));
