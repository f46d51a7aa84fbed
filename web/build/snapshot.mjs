// Starts the worker's Python once, here, and keeps its memory for browsers to go on from: they would need a second
// or more to come to the same. It must believe that it is in a browser's worker, or it remembers being in Node.
import { readFileSync, writeFileSync } from "node:fs";
import vm from "node:vm";
import { gzipSync } from "node:zlib";

const at = (path) => new URL(`../${path}`, import.meta.url);
const OUTPUT = at("generated/frame/python-snapshot.gz");
const PATIENCE_MS = 120_000;

/** What Python's script uses of a worker's names; there is no `process`, by which it tells Node. */
const NAMES = [
  "AbortController AbortSignal Blob DOMException Event EventTarget Headers MessageChannel MessagePort ReadableStream",
  "Request Response TextDecoder TextEncoder URL URLSearchParams atob btoa clearInterval clearTimeout console crypto",
  "performance queueMicrotask setInterval setTimeout structuredClone",
].flatMap((line) => line.split(" "));

async function makeSnapshot() {
  const scope = Object.fromEntries(NAMES.map((name) => [name, globalThis[name]]));
  vm.createContext(scope);
  const inside = (script) => vm.runInContext(script, scope);
  let hear;
  const answer = new Promise((resolve, reject) => {
    scope.addEventListener = (_type, listener) => {
      hear = listener;
    };
    scope.postMessage = (message) =>
      message.kind === "snapshot" ? resolve(message.bytes) : reject(new Error(message.detail));
    setTimeout(reject, PATIENCE_MS, new Error("it took too long")).unref();
  });
  inside(`globalThis.self = globalThis;
    globalThis.location = new URL("https://runner.invalid/");
    globalThis.navigator = { userAgent: "" };
    globalThis.WorkerGlobalScope = class { static [Symbol.hasInstance](one) { return one === globalThis; } };`);
  inside(readFileSync(at("generated/frame/python.js"), "utf8"));
  scope.bytes = readFileSync(at("node_modules/pyodide/pyodide.asm.wasm"));
  const module = await inside("WebAssembly.compile(bytes)");
  const stdlib = new Uint8Array(readFileSync(at("node_modules/pyodide/python_stdlib.zip"))).buffer;
  hear({ data: { kind: "snapshot", module, stdlib } });
  return new Uint8Array(await answer);
}

try {
  writeFileSync(OUTPUT, gzipSync(await makeSnapshot(), { level: 9 }));
} catch (error) {
  // Empty: browsers then start Python themselves, and keep its memory for the next time.
  writeFileSync(OUTPUT, "");
  process.stderr.write(`note: no snapshot was made, so Python will start slower in browsers: ${error}\n`);
}
process.exit(0);
