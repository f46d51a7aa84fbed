const t=require('fs').readFileSync('/dev/stdin','utf8');console.log(JSON.stringify(t));
