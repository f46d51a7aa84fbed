console.log(process.umask().toString(8),process.getuid()===process.geteuid());
