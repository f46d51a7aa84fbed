const { readFileSync } = require("fs");

/** A binary heap that hands out the entry with the smallest time first. */
class Queue {
  entries = [];

  push(time, town) {
    const entries = this.entries;
    let i = entries.push({ time, town }) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (entries[parent].time <= entries[i].time) break;
      [entries[parent], entries[i]] = [entries[i], entries[parent]];
      i = parent;
    }
  }

  pop() {
    const entries = this.entries;
    const top = entries[0];
    const last = entries.pop();
    if (entries.length > 0) {
      entries[0] = last;
      for (let i = 0; ; ) {
        let child = 2 * i + 1;
        if (child >= entries.length) break;
        if (child + 1 < entries.length && entries[child + 1].time < entries[child].time) child++;
        if (entries[i].time <= entries[child].time) break;
        [entries[child], entries[i]] = [entries[i], entries[child]];
        i = child;
      }
    }
    return top;
  }
}

const numbers = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
const [n, m] = numbers;
const roadsFrom = Array.from({ length: n + 1 }, () => []);
for (let i = 0; i < m; i++) {
  const [u, v, w] = numbers.slice(2 + 3 * i, 5 + 3 * i);
  roadsFrom[u].push([v, w]);
}

const best = new Array(n + 1).fill(Infinity);
best[1] = 0;
const queue = new Queue();
queue.push(0, 1);
while (queue.entries.length > 0) {
  const { time, town } = queue.pop();
  if (time > best[town]) continue;
  for (const [neighbour, seconds] of roadsFrom[town]) {
    if (time + seconds < best[neighbour]) {
      best[neighbour] = time + seconds;
      queue.push(time + seconds, neighbour);
    }
  }
}
console.log(best[n] === Infinity ? "unreachable" : best[n]);
