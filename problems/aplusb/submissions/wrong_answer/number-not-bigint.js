// Wrong: sums beyond 2^53 are rounded.
const { readFileSync } = require("fs");

const [a, b] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
console.log(BigInt(a + b).toString());
