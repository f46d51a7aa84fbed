// attack: memory, suddenly
// expect: memory_exceeded
const kept = [];
for (;;) kept.push(Buffer.alloc(64 << 20, 1));
