require('readline').createInterface({input:process.stdin}).on('line',l=>console.log(JSON.stringify(l)));
