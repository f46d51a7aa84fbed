setTimeout(function named(){console.log(new Error('t').stack);},1);setImmediate(()=>console.log(new Error('i').stack));process.nextTick(()=>console.log(new Error('n').stack));
