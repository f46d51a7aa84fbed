const rl=require('readline').createInterface({input:process.stdin,terminal:false});const a=[];rl.on('line',l=>a.push(l));rl.on('close',()=>console.log(a.join('|')));
