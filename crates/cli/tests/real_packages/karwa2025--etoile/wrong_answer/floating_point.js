// Wrong: a Number cannot hold 18 digits.
const { readFileSync } = require("fs");

const n = Number(readFileSync(0, "utf8"));
console.log(Math.floor((Math.sqrt(2 * n - 1) - 1) / 2));
