const fs=require('fs');fs.writeSync(1,'one\n');console.log('two');fs.writeSync(1,'three\n');fs.writeFileSync('/dev/stdout','four\n',{flag:'a'});
