const assert = require("assert");
const path = require("path");
const util = require("util");
const { EventEmitter } = require("events");
const e = new EventEmitter();
e.once("x", (v) => console.log("got", v));
console.log(e.emit("x", 5), e.emit("x", 6));
console.log(path.join("/a", "../b", "c.txt"), path.extname("q.tar.gz"), util.format("%s-%d", "a", 1), util.inspect({ a: { b: { c: {} } } }, { depth: 0 }));
try {
  assert.strictEqual(1, 2);
} catch (error) {
  console.log(error.name, error.code);
}
assert.deepStrictEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] });
console.log(require("os").EOL === "\n", typeof require("perf_hooks").performance.now(), require.main === module, __filename);
