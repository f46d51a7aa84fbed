const t=Date.now();setTimeout(()=>{const d=Date.now()-t;console.log(d>=49&&d<1000);},50);
