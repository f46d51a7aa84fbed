// attack: memory, suddenly
// expect: memory_exceeded
// stopped-by: cgroups
const kept = [];
for (;;) kept.push(Buffer.alloc(64 << 20, 1));
