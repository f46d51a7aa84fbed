for(let i=0;i<3000;i++)process.stdout.write('line '+i+'\n');process.exit(0);
