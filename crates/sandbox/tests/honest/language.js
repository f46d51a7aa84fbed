// honest: large integers, WebAssembly, deep recursion, clocks, chance, characters
// stdin: crème 🦀
// stdout: 1267650600228229401496703205376 42 8000 RangeError 🦀 emèrc 32 ok
const { performance } = require('perf_hooks');
const crypto = require('crypto');
const assert = require('assert');
const bytes = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 6, 1, 4, 0, 65, 42, 11]);
const wasm = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f();
const depth = (n) => (n === 0 ? 0 : 1 + depth(n - 1));
let tooDeep = '';
try { depth(1e7); } catch (error) { tooDeep = error.constructor.name; }
const start = performance.now();
while (performance.now() - start < 1);
assert(process.hrtime.bigint() > 0n && Date.now() > 0 && new Intl.NumberFormat('en').format(1e3) === '1,000');
assert(process.memoryUsage().rss > 0 && process.cpuUsage().user >= 0 && require('os').cpus && require('os').totalmem() > 0);
const line = require('fs').readFileSync(0, 'utf8').trim();
// Hot enough that it is compiled to machine code.
let hash = 0;
for (let i = 0; i < 3e6; i++) hash = (hash * 31 + i) | 0;
console.log(String(2n ** 100n), wasm, depth(8000), tooDeep, [...line].reverse().join(''), crypto.randomBytes(16).toString('hex').length, Number.isInteger(hash) ? 'ok' : hash);
