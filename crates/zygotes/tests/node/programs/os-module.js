const os=require('os');console.log(os.EOL,os.platform(),os.homedir(),os.tmpdir(),os.cpus().length>0,os.totalmem()>0,os.endianness(),os.availableParallelism()>0);
