const { readFileSync } = require("fs");

const n = BigInt(readFileSync(0, "utf8").trim());
let size = 0n;
for (let step = 1n << 30n; step > 0n; step >>= 1n) {
  const next = size + step;
  if (2n * next * (next + 1n) + 1n <= n) size = next;
}
console.log(size.toString());
