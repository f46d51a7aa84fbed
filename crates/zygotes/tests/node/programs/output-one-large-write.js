process.stdout.write('x'.repeat(2000000)+'\n',()=>console.error('written'));
