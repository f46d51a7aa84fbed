// attack: memory by small objects on the collected heap
// expect: memory_exceeded | signaled
// stopped-by: runtime, cgroups
const kept = [];
for (;;) kept.push({ kept, text: 'x' + kept.length });
