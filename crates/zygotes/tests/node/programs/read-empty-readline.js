require('readline').createInterface({input:process.stdin}).on('line',()=>console.log('line')).on('close',()=>console.log('close'));
