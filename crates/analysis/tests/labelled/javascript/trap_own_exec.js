// finds: nothing
function exec(x) { return x + 1; }
function open(x) { return x; }
console.log(exec(1), open(2));
