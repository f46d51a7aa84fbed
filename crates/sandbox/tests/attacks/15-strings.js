// attack: memory by doubling a string
// expect: exited | memory_exceeded | signaled
// stopped-by: runtime, cgroups
let text = 'x'; const kept = [];
for (;;) kept.push((text += text + Math.random()).toUpperCase());
