const t=performance.now();setTimeout(()=>console.log(performance.now()-t>=19),20);
