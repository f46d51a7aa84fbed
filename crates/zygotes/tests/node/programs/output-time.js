console.time('t');const t=process.hrtime();console.log(t.length,process.hrtime.bigint()>0n);
