/** The modules of `require`. */
import assert from "assert/";
import { Buffer } from "buffer/";
import events, { EventEmitter } from "events/";
import * as inspection from "node-inspect-extracted";
import path from "path-browserify";
import stream from "readable-stream";
import { StringDecoder } from "string_decoder/";
import type { EventLoop } from "./event-loop";
import { type Files, fsModule } from "./files";
import type { Process } from "./process";
import { readlineModule } from "./readline";
import { nextTick } from "./ticks";
import { UnsupportedError } from "./unsupported";

/** Node's modules that browsers can't support. */
const SERVER_ONLY = new Set(
  (
    "async_hooks child_process cluster dgram diagnostics_channel dns http http2 https inspector module net repl sqlite " +
    "tls trace_events tty v8 vm wasi worker_threads zlib querystring punycode test"
  ).split(" "),
);

export function makeRequire(files: Files, loop: EventLoop, process: Process, console: object) {
  const hold = (work: () => void) => loop.setImmediate(work);
  const fs = fsModule(files, hold);
  Object.assign(fs, { createReadStream: () => process.stdin });
  const readline = readlineModule(nextTick);
  const { setTimeout, setInterval, setImmediate, clearTimeout, clearImmediate } = loop;
  const wait = (delay?: number, value?: unknown) =>
    new Promise((resolve) => setTimeout(resolve, delay, value));
  const timersPromises = {
    setTimeout: wait,
    setImmediate: (value?: unknown) => new Promise((resolve) => setImmediate(resolve, value)),
  };
  const modules: Record<string, unknown> = {
    assert,
    "assert/strict": assert.strict ?? assert,
    buffer: { Buffer, SlowBuffer: Buffer, kMaxLength: 2 ** 31 - 1, constants: { MAX_LENGTH: 2 ** 31 - 1 } },
    console,
    crypto: cryptoModule(),
    events: Object.assign(events, { EventEmitter }),
    fs,
    "fs/promises": fs.promises,
    os: { EOL: "\n", cpus: () => [{}], platform: () => "linux", type: () => "Linux", tmpdir: () => "/tmp" },
    path,
    perf_hooks: { performance },
    process,
    readline,
    "readline/promises": readline.promises,
    stream,
    string_decoder: { StringDecoder },
    timers: {
      setTimeout,
      setInterval,
      setImmediate,
      clearTimeout,
      clearInterval: clearTimeout,
      clearImmediate,
    },
    "timers/promises": timersPromises,
    url: { URL, URLSearchParams },
    util: utilModule(),
  };
  return function require(name: string): unknown {
    if (typeof name !== "string") throw new TypeError('The "id" argument must be of type string.');
    const bare = name.replace(/^node:/, "");
    if (Object.hasOwn(modules, bare)) return modules[bare];
    if (SERVER_ONLY.has(bare.split("/")[0] ?? bare)) throw new UnsupportedError(`Node's module "${bare}"`);
    const error = new Error(`Cannot find module '${name}'\nRequire stack:\n- /workspace/solution.js`);
    throw Object.assign(error, { code: "MODULE_NOT_FOUND", requireStack: ["/workspace/solution.js"] });
  };
}

function cryptoModule() {
  const randomBytes = (size: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(size)));
  return new Proxy(
    {
      randomBytes,
      randomUUID: () => crypto.randomUUID?.() ?? randomBytes(16).toString("hex"),
      randomInt: (low: number, high?: number) => {
        const [from, to] = high === undefined ? [0, low] : [low, high];
        return from + Math.floor(Math.random() * (to - from));
      },
      webcrypto: crypto,
    } as Record<string | symbol, unknown>,
    {
      get(target, key) {
        if (key in target || typeof key === "symbol") return target[key];
        throw new UnsupportedError(`crypto.${key}`);
      },
    },
  );
}

function utilModule() {
  type Work = (...args: unknown[]) => unknown;
  const promisify =
    (work: Work) =>
    (...args: unknown[]) =>
      new Promise((resolve, reject) => {
        work(...args, (error: unknown, value: unknown) => (error ? reject(error) : resolve(value)));
      });
  const inherits = (child: Work, parent: Work) => {
    Object.defineProperty(child, "super_", { value: parent, writable: true, configurable: true });
    Object.setPrototypeOf(child.prototype, parent.prototype);
  };
  const isDeepStrictEqual = (a: unknown, b: unknown) => {
    try {
      assert.deepStrictEqual(a, b);
      return true;
    } catch {
      return false;
    }
  };
  const deprecate = (work: Work) => work;
  const { inspect, format, formatWithOptions, stripVTControlCharacters } = inspection;
  return {
    inspect,
    format,
    formatWithOptions,
    stripVTControlCharacters,
    promisify,
    inherits,
    isDeepStrictEqual,
    deprecate,
    isArray: Array.isArray,
    TextEncoder,
    TextDecoder,
  };
}
