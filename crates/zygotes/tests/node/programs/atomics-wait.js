const a=new Int32Array(new SharedArrayBuffer(4));console.log(Atomics.wait(a,0,0,20));
