setTimeout(function named(){console.log(new Error('t').stack);setImmediate(()=>console.log(new Error('i').stack));},1);process.nextTick(()=>console.log(new Error('n').stack));
