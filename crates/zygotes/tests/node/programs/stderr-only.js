console.error('only here');process.exitCode=4;
