let n=0;process.on('beforeExit',()=>{if(n++<3)setTimeout(()=>console.log('again',n),1);});
