const a=require('fs').readFileSync(0,'utf8').split('\n').map(Number);console.log(a.length,a.reduce((x,y)=>x+y,0));
