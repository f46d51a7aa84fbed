const fs=require('fs');fs.createReadStream(__filename).on('data',d=>console.log(d.length)).on('close',()=>console.log('closed'));
