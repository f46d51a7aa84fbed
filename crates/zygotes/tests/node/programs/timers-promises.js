require('timers/promises').setTimeout(3,'v').then(console.log);(async()=>{let n=0;for await(const _ of require('timers/promises').setInterval(1)){if(++n==3)break;}console.log(n);})();
