// finds: nothing
const m = /a(b)/.exec('ab');
console.log(m[1]);
