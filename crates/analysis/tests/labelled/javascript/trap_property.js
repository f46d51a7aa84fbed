// finds: nothing
const o = { fetch: 1, eval: 2, exec: 3, fork: 4 };
console.log(o.fetch, o.eval, o.exec, o.fork);
