const m=new WebAssembly.Memory({initial:1,maximum:10});m.grow(2);console.log(m.buffer.byteLength);try{new WebAssembly.Module(new Uint8Array([1,2,3]));}catch(e){console.log(e.name);}
