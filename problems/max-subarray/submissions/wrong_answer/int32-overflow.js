// Wrong: "| 0" cuts the total down to 32 bits.
const { readFileSync } = require("fs");

const [, ...results] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);

let best = results[0];
let endingHere = results[0];
for (const result of results.slice(1)) {
  endingHere = Math.max((endingHere + result) | 0, result);
  best = Math.max(best, endingHere);
}
console.log(best);
