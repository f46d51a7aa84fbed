(async()=>{const rl=require('readline/promises').createInterface({input:process.stdin,crlfDelay:Infinity});const a=[];for await(const l of rl)a.push(l);console.log(a);})();
