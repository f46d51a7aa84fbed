(async()=>{let n=0;for await(const l of require('readline').createInterface({input:process.stdin}))console.log(n++,l);})();
