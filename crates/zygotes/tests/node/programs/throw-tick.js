process.nextTick(()=>{null.x;});
