function step(x){return (x*1664525+1013904223)>>>0;}let x=1;for(let i=0;i<5e6;i++)x=step(x);console.log(x);
