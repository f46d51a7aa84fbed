// Too slow: numbers spread by one cell per round, and an island can be very long.
const { readFileSync } = require("fs");

const [first, ...picture] = readFileSync(0, "utf8").trim().split("\n");
const [rows, columns] = first.split(" ").map(Number);
const width = columns + 2;

// Each land cell starts with a number of its own; 0 is water.
let labels = new Int32Array((rows + 2) * width);
for (let r = 0; r < rows; r++) {
  for (let c = 0; c < columns; c++) {
    if (picture[r][c] === "#") {
      const cell = (r + 1) * width + c + 1;
      labels[cell] = cell;
    }
  }
}

// In each round every cell takes over the largest number of its neighbours.
for (let changed = true; changed; ) {
  changed = false;
  const next = labels.slice();
  for (let cell = width; cell < labels.length - width; cell++) {
    if (labels[cell] === 0) continue;
    for (const neighbour of [cell - 1, cell + 1, cell - width, cell + width]) {
      if (labels[neighbour] > next[cell]) {
        next[cell] = labels[neighbour];
        changed = true;
      }
    }
  }
  labels = next;
}

const sizes = new Map();
for (const label of labels) {
  if (label > 0) sizes.set(label, (sizes.get(label) ?? 0) + 1);
}
const largest = [...sizes.values()].reduce((a, b) => Math.max(a, b), 0);
console.log(sizes.size, largest);
