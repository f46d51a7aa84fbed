// attack: its main thread blocks for ever
// expect: wall_time_exceeded
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
