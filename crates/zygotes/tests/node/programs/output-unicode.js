console.log('äöü 日本語 😀 \u0000 end');process.stdout.write(Buffer.from([0,255,128,10]));
