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

/**
 * Python calls functions through a small module that asks for their types. Node 20 can't compile that one, and Python
 * would remember to do without, through JavaScript, where browsers can't wait. So this takes its place meanwhile.
 */
const TRAMPOLINE = `
  const { Module, Instance } = WebAssembly;
  // (import "env" "call" (func (param i32 i32 i32 i32 i32) (result i32))) (export "trampoline_call" (func 0))
  const passingOn = new Module(new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 10, 1, 96, 5, 127, 127, 127, 127, 127, 1, 127, 2, 12, 1, 3, 101, 110, 118, 4, 99, 97,
    108, 108, 0, 0, 7, 19, 1, 15, 116, 114, 97, 109, 112, 111, 108, 105, 110, 101, 95, 99, 97, 108, 108, 0, 0,
  ]));
  const callThrough = ({ memory, __indirect_function_table: table }) => (fits, at, ...given) => {
    new DataView(memory.buffer).setInt32(fits, 1, true);
    return table.get(at)(...given);
  };
  WebAssembly.Module = new Proxy(Module, {
    construct(_, [bytes]) {
      try {
        return new Module(bytes);
      } catch {
        return passingOn;
      }
    },
  });
  WebAssembly.Instance = new Proxy(Instance, {
    construct: (_, [module, imports]) =>
      new Instance(module, module === passingOn ? { env: { call: callThrough(imports.env) } } : imports),
  });
`;

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
    // Browsers can wait inside of wasm, and Python remembers whether it can. Nothing waits while it starts.
    WebAssembly.Suspending ??= class { constructor(inner) { return inner; } };
    WebAssembly.promising ??= (inner) => async (...given) => inner(...given);
    globalThis.WorkerGlobalScope = class { static [Symbol.hasInstance](one) { return one === globalThis; } };`);
  inside(`{${TRAMPOLINE}}`);
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
