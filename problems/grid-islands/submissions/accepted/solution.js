const { readFileSync } = require("fs");

const [first, ...picture] = readFileSync(0, "utf8").trim().split("\n");
const [rows, columns] = first.split(" ").map(Number);

const seen = Array.from({ length: rows }, () => new Uint8Array(columns));
const isNewLand = (r, c) => picture[r]?.[c] === "#" && !seen[r][c];

// Flood fill with a stack of our own: a recursion would get too deep.
function islandSize(row, column) {
  const stack = [[row, column]];
  seen[row][column] = 1;
  let size = 0;
  while (stack.length > 0) {
    const [r, c] = stack.pop();
    size++;
    for (const [y, x] of [[r - 1, c], [r + 1, c], [r, c - 1], [r, c + 1]]) {
      if (isNewLand(y, x)) {
        seen[y][x] = 1;
        stack.push([y, x]);
      }
    }
  }
  return size;
}

let islands = 0;
let largest = 0;
for (let r = 0; r < rows; r++) {
  for (let c = 0; c < columns; c++) {
    if (isNewLand(r, c)) {
      islands++;
      largest = Math.max(largest, islandSize(r, c));
    }
  }
}
console.log(islands, largest);
