const { readFileSync } = require("fs");

const [, ...results] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);

let best = -Infinity;
let endingHere = -Infinity;
for (const result of results) {
  endingHere = Math.max(endingHere + result, result);
  best = Math.max(best, endingHere);
}
console.log(best);
