'use strict';
// Enough for V8 to collect garbage and to compile with its threads.
let kept = [];
for (let round = 0; round < 3; round++) {
  kept = [];
  for (let i = 0; i < 60000; i++) kept.push({ i, text: `t${i}` });
}
console.log(kept.length, new Set(kept.map(({ text }) => text)).size);
