'use strict';
// A worker, compiled WebAssembly, and work for libuv's threads.
const { Worker } = require('worker_threads');
const zlib = require('zlib');
const ADD = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 97, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]);
const work = "let sum = 0; for (let i = 0; i < 1000; i++) sum += i; require('worker_threads').parentPort.postMessage(sum);";
new Worker(work, { eval: true }).on('message', async (sum) => {
  console.log('worker', sum);
  const { instance } = await WebAssembly.instantiate(ADD);
  console.log('wasm', instance.exports.a(2, 3));
  zlib.deflate('x'.repeat(10000), (_, packed) => zlib.inflate(packed, (_, text) => console.log('zlib', text.length)));
});
