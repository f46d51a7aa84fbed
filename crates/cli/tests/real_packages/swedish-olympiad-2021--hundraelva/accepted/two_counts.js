// For the largest note that fits, tries the greatest count and one less; remembers the results.
const { readFileSync } = require("fs");

const memory = new Map([[0, 0]]);
function fewest(amount) {
  if (!memory.has(amount)) {
    let note = 1;
    while (note * 10 + 1 <= amount) note = note * 10 + 1;
    let best = Math.floor(amount / note) + fewest(amount % note);
    if (note > 1) {
      const oneLess = Math.floor(amount / note) - 1;
      const smaller = (note - 1) / 10;
      const rest = amount - oneLess * note;
      best = Math.min(best, oneLess + Math.floor(rest / smaller) + fewest(rest % smaller));
    }
    memory.set(amount, best);
  }
  return memory.get(amount);
}

console.log(fewest(Number(readFileSync(0, "utf8"))));
