const fs=require('fs');const a=fs.openSync('/dev/null'),b=fs.openSync('/dev/null');console.log(a,b);
