// attack: its main thread blocks for ever
// expect: wall_time_exceeded
// stopped-by: supervisor
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
