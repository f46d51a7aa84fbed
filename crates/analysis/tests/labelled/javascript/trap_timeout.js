// finds: nothing
setTimeout(() => console.log(1), 0);
setImmediate(console.log, 2);
