const s=process.stdin;console.log(s.fd,s.isTTY,s.constructor.name,s.readable);console.log(s.listenerCount('data'));s.destroy();
