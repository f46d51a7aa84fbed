// Wrong: forgets that one letter can stand alone in the middle.
const { readFileSync } = require("fs");

const odd = new Set();
for (const letter of readFileSync(0, "utf8").trim()) {
  if (!odd.delete(letter)) odd.add(letter);
}
console.log(odd.size);
