const { readFileSync } = require("fs");

const [a, b] = readFileSync(0, "utf8").trim().split(/\s+/);

// row[j]: the most letters that can be kept of the part of a read so far and the first j letters of b.
let row = new Uint16Array(b.length + 1);
for (let i = 0; i < a.length; i++) {
  const next = new Uint16Array(b.length + 1);
  for (let j = 0; j < b.length; j++) {
    next[j + 1] = a[i] === b[j] ? row[j] + 1 : Math.max(row[j + 1], next[j]);
  }
  row = next;
}
console.log(row[b.length]);
