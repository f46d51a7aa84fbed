// finds: nothing
const n = 1;
console.log(`fs.open fetch ${n} exec`);
