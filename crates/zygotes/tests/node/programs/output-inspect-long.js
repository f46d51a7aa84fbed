console.log(Array.from({length:200},(_, i)=>i));console.log('x'.repeat(200).split(''));console.log(new Uint8Array(300));console.log(Buffer.from('hello'));
