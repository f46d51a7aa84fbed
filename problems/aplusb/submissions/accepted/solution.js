const { readFileSync } = require("fs");

// A Number is exact only up to 2^53, so BigInt it is.
const [a, b] = readFileSync(0, "utf8").trim().split(/\s+/).map(BigInt);
console.log(String(a + b));
