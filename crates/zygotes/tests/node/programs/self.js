console.log(process.argv,process.execArgv,process.execPath,process.argv0,process.title,process.cwd(),__filename,__dirname);
