const fs=require('fs');console.log(process.pid===Number(fs.readlinkSync('/proc/self')),process.pid>1,process.ppid>=0,process.pid!==process.ppid);
