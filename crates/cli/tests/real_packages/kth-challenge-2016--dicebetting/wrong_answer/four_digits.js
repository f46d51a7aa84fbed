// Wrong: rounds to too few digits.
const { readFileSync } = require("fs");

const [n, s, k] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
let win = Array.from({ length: s + 1 }, (_, d) => (d >= k ? 1 : 0));
for (let i = 0; i < n; i++) {
  for (let d = 0; d < s; d++) {
    win[d] = (d / s) * win[d] + (1 - d / s) * win[d + 1];
  }
}
console.log(win[0].toFixed(4));
