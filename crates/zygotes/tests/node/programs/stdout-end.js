process.stdout.write('before\n');try{process.stdout.end('end\n');}catch(e){console.error(e.message);}setTimeout(()=>console.error('after'),5);
