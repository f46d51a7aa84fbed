// Never ends: the loop has no way out.
const { readFileSync } = require("fs");

const [a, b] = readFileSync(0, "utf8").trim().split(/\s+/).map(BigInt);
let turns = 0;
while (turns >= 0) {
  turns = (turns + 1) % 1000;
}
console.log(String(a + b));
