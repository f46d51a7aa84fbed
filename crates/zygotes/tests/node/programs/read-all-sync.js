const t=require('fs').readFileSync(0,'utf8');console.log(t.split('\n').length, t.length);
