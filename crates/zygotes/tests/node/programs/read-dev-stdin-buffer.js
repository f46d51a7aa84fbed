const b=require('fs').readFileSync('/dev/stdin');console.log(b.length,b[0],b.toString('latin1').trim());
