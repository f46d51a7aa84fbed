// finds: nothing
const offs = [1, 2];
console.log(offs.length, offs.map((x) => x));
