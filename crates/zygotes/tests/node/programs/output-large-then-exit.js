process.stdout.write('y'.repeat(60000)+'\n');process.exit(3);
