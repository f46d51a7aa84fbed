// attack: memory by shared buffers and WebAssembly memories
// expect: memory_exceeded
// stopped-by: cgroups
const kept = [];
for (;;) {
  kept.push(new Uint8Array(new SharedArrayBuffer(32 << 20)).fill(1));
  try { kept.push(new Uint8Array(new WebAssembly.Memory({ initial: 512 }).buffer).fill(1)); } catch {}
}
