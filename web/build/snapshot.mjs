// Starts the worker's Python once and saves a snapshot of its memory, which browsers load in a tenth of the second or
// more that a start takes. Python must detect a browser's worker and not Node, because the snapshot contains that.
import { readFileSync, writeFileSync } from "node:fs";
import vm from "node:vm";
import { gzipSync } from "node:zlib";

const at = (path) => new URL(`../${path}`, import.meta.url);
const OUTPUT = at("generated/frame/python-snapshot.gz");
const TIMEOUT_MS = 120_000;

/** Globals of a worker that Python's script uses. `process` is missing, by which it would detect Node. */
const GLOBALS = [
  "AbortController AbortSignal Blob DOMException Event EventTarget Headers MessageChannel MessagePort ReadableStream",
  "Request Response TextDecoder TextEncoder URL URLSearchParams atob btoa clearInterval clearTimeout console crypto",
  "performance queueMicrotask setInterval setTimeout structuredClone",
].flatMap((line) => line.split(" "));

/**
 * Replacement for the small module through which Python calls functions by their types. Node 20 can't compile that
 * module, and a snapshot without it would call through JavaScript, where browsers can't suspend.
 */
const TRAMPOLINE = `
  const { Module, Instance } = WebAssembly;
  // (import "env" "call" (func (param i32 i32 i32 i32 i32) (result i32))) (export "trampoline_call" (func 0))
  const forwardingModule = new Module(new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 10, 1, 96, 5, 127, 127, 127, 127, 127, 1, 127, 2, 12, 1, 3, 101, 110, 118, 4, 99, 97,
    108, 108, 0, 0, 7, 19, 1, 15, 116, 114, 97, 109, 112, 111, 108, 105, 110, 101, 95, 99, 97, 108, 108, 0, 0,
  ]));
  const callThrough = ({ memory, __indirect_function_table: table }) => (fits, at, ...args) => {
    new DataView(memory.buffer).setInt32(fits, 1, true);
    return table.get(at)(...args);
  };
  WebAssembly.Module = new Proxy(Module, {
    construct(_, [bytes]) {
      try {
        return new Module(bytes);
      } catch {
        return forwardingModule;
      }
    },
  });
  WebAssembly.Instance = new Proxy(Instance, {
    construct: (_, [module, imports]) =>
      new Instance(module, module === forwardingModule ? { env: { call: callThrough(imports.env) } } : imports),
  });
`;

async function makeSnapshot() {
  const scope = Object.fromEntries(GLOBALS.map((name) => [name, globalThis[name]]));
  vm.createContext(scope);
  const inside = (script) => vm.runInContext(script, scope);
  let receive;
  const answer = new Promise((resolve, reject) => {
    scope.addEventListener = (_type, listener) => {
      receive = listener;
    };
    scope.postMessage = (message) =>
      message.kind === "snapshot" ? resolve(message.bytes) : reject(new Error(message.detail));
    setTimeout(reject, TIMEOUT_MS, new Error("timed out")).unref();
  });
  inside(`globalThis.self = globalThis;
    globalThis.location = new URL("https://runner.invalid/");
    globalThis.navigator = { userAgent: "" };
    // Browsers can suspend wasm, and the snapshot contains whether they can. Nothing suspends during the start.
    WebAssembly.Suspending ??= class { constructor(inner) { return inner; } };
    WebAssembly.promising ??= (inner) => async (...args) => inner(...args);
    globalThis.WorkerGlobalScope = class { static [Symbol.hasInstance](object) { return object === globalThis; } };`);
  inside(`{${TRAMPOLINE}}`);
  inside(readFileSync(at("generated/frame/python.js"), "utf8"));
  scope.bytes = readFileSync(at("node_modules/pyodide/pyodide.asm.wasm"));
  const module = await inside("WebAssembly.compile(bytes)");
  const stdlib = new Uint8Array(readFileSync(at("node_modules/pyodide/python_stdlib.zip"))).buffer;
  receive({ data: { kind: "snapshot", module, stdlib } });
  return new Uint8Array(await answer);
}

try {
  writeFileSync(OUTPUT, gzipSync(await makeSnapshot(), { level: 9 }));
} catch (error) {
  // With an empty file browsers start Python without a snapshot, and make their own.
  writeFileSync(OUTPUT, "");
  process.stderr.write(
    `note: no snapshot could be made, so Python will start more slowly in browsers: ${error}\n`,
  );
}
process.exit(0);
