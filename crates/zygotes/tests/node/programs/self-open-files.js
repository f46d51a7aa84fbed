const fs=require('fs');console.log(fs.readdirSync('/proc/self/fd').filter(f=>{try{return fs.readlinkSync('/proc/self/fd/'+f).startsWith('socket');}catch{return false;}}));
