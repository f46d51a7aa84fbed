process.stdout.write('y'.repeat(1500000)+'\n');process.exit(3);
