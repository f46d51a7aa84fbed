const m=new Map();for(const w of require('fs').readFileSync(0,'utf8').toLowerCase().match(/[a-z]+/g))m.set(w,(m.get(w)||0)+1);console.log([...m].sort((a,b)=>b[1]-a[1]||(a[0]<b[0]?-1:1)).slice(0,3));
