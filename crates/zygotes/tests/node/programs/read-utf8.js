const t=require('fs').readFileSync(0,'utf8').trim();console.log(t,[...t].length,t.split('').reverse().join('').length);
