console.log(crypto.getRandomValues(new Uint8Array(4)).length);crypto.subtle.digest('SHA-1',Buffer.from('x')).then(d=>console.log(Buffer.from(d).toString('hex')));
