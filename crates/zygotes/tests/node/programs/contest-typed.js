const f=new Float32Array([1.1,2.2]);console.log(f,new DataView(f.buffer).getUint8(3),Uint8ClampedArray.of(300)[0],new BigInt64Array(1));
