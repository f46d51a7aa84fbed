'use strict';
// Enough for V8 to collect garbage and to compile with its threads.
let objects = [];
for (let round = 0; round < 3; round++) {
  objects = [];
  for (let i = 0; i < 60000; i++) objects.push({ i, text: `t${i}` });
}
console.log(objects.length, new Set(objects.map(({ text }) => text)).size);
