undeclared = 5;
console.log(undeclared, this === module.exports, typeof globalThis.process, typeof window, typeof self);
with ({ inside: 1 }) console.log(inside);
var hoisted = typeof later;
function later() {}
console.log(hoisted, arguments.length, delete globalThis.undeclared);
