const s=new ReadableStream({start(c){c.enqueue('a');c.enqueue('b');c.close();}});(async()=>{for await(const x of s)console.log(x);})();new Blob(['abc']).text().then(console.log);
