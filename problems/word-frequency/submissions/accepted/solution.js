const { readFileSync } = require("fs");

const [first, ...lines] = readFileSync(0, "utf8").split("\n");
const words = lines.join("\n").toLowerCase().match(/[a-z]+/g) ?? [];

const counts = new Map();
for (const word of words) {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}

const ranking = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
for (const [word, count] of ranking.slice(0, Number(first))) {
  console.log(word, count);
}
