// finds: nothing
const fetch = (i) => i * 2;
console.log(fetch(2));
