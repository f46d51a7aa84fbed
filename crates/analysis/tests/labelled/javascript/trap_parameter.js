// finds: nothing
const run = (eval2, fetch) => fetch(eval2);
console.log(run(1, (x) => x));
