const { readFileSync } = require("fs");

const lines = readFileSync(0, "utf8").split("\n");
const [n, m, k] = lines[0].trim().split(/\s+/).map(Number);
const coaches = new Set(lines.slice(n + 1, n + 1 + k).map((name) => name.trim()));

let best = 0;
const height = new Array(m + 1).fill(0);
for (const line of lines.slice(1, n + 1)) {
  line.trim().split(/\s+/).forEach((name, j) => {
    height[j] = coaches.has(name) ? height[j] + 1 : 0;
  });
  const rising = []; // pairs of a height and the column where it begins
  for (let j = 0; j <= m; j++) {
    let start = j;
    while (rising.length > 0 && rising[rising.length - 1][0] >= height[j]) {
      const [h, left] = rising.pop();
      best = Math.max(best, h * (j - left));
      start = left;
    }
    rising.push([height[j], start]);
  }
}
console.log(best);
