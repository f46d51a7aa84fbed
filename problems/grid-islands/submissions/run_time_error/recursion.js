// Fails: the recursion overflows the stack on a large island.
const { readFileSync } = require("fs");

const [, ...lines] = readFileSync(0, "utf8").trim().split("\n");
const picture = lines.map((line) => line.split(""));

function takeIsland(r, c) {
  if (picture[r]?.[c] !== "#") return 0;
  picture[r][c] = ".";
  return 1 + takeIsland(r - 1, c) + takeIsland(r + 1, c) + takeIsland(r, c - 1) + takeIsland(r, c + 1);
}

const sizes = [];
for (let r = 0; r < picture.length; r++) {
  for (let c = 0; c < picture[r].length; c++) {
    if (picture[r][c] === "#") sizes.push(takeIsland(r, c));
  }
}
console.log(sizes.length, Math.max(0, ...sizes));
