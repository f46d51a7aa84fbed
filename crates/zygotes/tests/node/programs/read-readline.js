const rl=require('readline').createInterface({input:process.stdin,output:process.stdout});let n=0;rl.on('line',l=>console.log(++n,l)).on('close',()=>console.log('closed'));
