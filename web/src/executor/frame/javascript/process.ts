/** `process` and its standard streams. */
import { Buffer } from "buffer/";
import { EventEmitter } from "events/";
import { Readable, Writable } from "readable-stream";
import type { Files } from "./files";
import { nextTick } from "./ticks";
import { UnsupportedError } from "./unsupported";
import { FILE_NAME } from "./wrapper";

/** Thrown by `process.exit` to leave the program. Output after it is ignored, even if the program catches it. */
export class ProcessExit {
  constructor(readonly code: number) {}
}

type WriteStream = (stream: "stdout" | "stderr", bytes: Uint8Array) => void;

export function makeProcess(files: Files, write: WriteStream, exit: (code: number) => void) {
  const started = performance.now();
  const uptime = () => (performance.now() - started) / 1000;
  const process = Object.assign(new EventEmitter(), {
    title: "node",
    pid: 1,
    ppid: 0,
    arch: "x64",
    platform: "linux",
    version: "v20.20.2",
    versions: { node: "20.20.2", v8: "11.3" },
    release: { name: "node" },
    argv: ["/usr/bin/node", FILE_NAME],
    execArgv: [],
    execPath: "/usr/bin/node",
    env: { PATH: "/usr/bin" } as Record<string, string>,
    exitCode: undefined as number | string | undefined,
    stdin: inputStream(files),
    stdout: outputStream(1, (bytes) => write("stdout", bytes)),
    stderr: outputStream(2, (bytes) => write("stderr", bytes)),
    nextTick,
    cwd: () => "/workspace",
    chdir: () => {
      throw new UnsupportedError("process.chdir");
    },
    uptime,
    hrtime: Object.assign(hrtime, { bigint: () => BigInt(Math.round(performance.now() * 1e6)) }),
    memoryUsage: Object.assign(memoryUsage, { rss: () => memoryUsage().rss }),
    cpuUsage: () => ({ user: Math.round(uptime() * 1e6), system: 0 }),
    emitWarning: () => {},
    umask: () => 0o22,
    getuid: () => 1000,
    exit: (code?: number | string): never => {
      if (code !== undefined) process.exitCode = code;
      exit(Number(process.exitCode ?? 0));
      throw new ProcessExit(Number(process.exitCode ?? 0));
    },
    abort: (): never => {
      exit(134);
      throw new ProcessExit(134);
    },
    kill: () => {
      throw new UnsupportedError("process.kill");
    },
  });
  return process;
}

export type Process = ReturnType<typeof makeProcess>;

function hrtime(before?: [number, number]): [number, number] {
  const now = performance.now();
  let seconds = Math.floor(now / 1000);
  let nanoseconds = Math.round((now % 1000) * 1e6);
  if (before) {
    seconds -= before[0];
    nanoseconds -= before[1];
    if (nanoseconds < 0) {
      seconds -= 1;
      nanoseconds += 1e9;
    }
  }
  return [seconds, nanoseconds];
}

/** Returns the memory usage of an idle Node: browsers don't tell theirs. */
function memoryUsage() {
  return { rss: 4.4e7, heapTotal: 6e6, heapUsed: 4e6, external: 1e6, arrayBuffers: 1e4 };
}

/** Size of Node's reads from a pipe. */
const CHUNK_BYTES = 64 * 1024;

function inputStream(files: Files) {
  const stream = new Readable({
    read() {
      const bytes = files.takeInput();
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) this.push(bytes.subarray(at, at + CHUNK_BYTES));
      this.push(null);
    },
  });
  return Object.assign(stream, { fd: 0, isTTY: undefined, setRawMode: () => stream, ref() {}, unref() {} });
}

function outputStream(fd: number, write: (bytes: Uint8Array) => void) {
  const stream = new Writable({ decodeStrings: true });
  const bytesOf = (data: unknown, encoding: unknown) => {
    if (typeof data === "string") {
      return Buffer.from(data, (typeof encoding === "string" ? encoding : "utf8") as "utf8");
    }
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const error = new TypeError(
      `The "chunk" argument must be of type string or an instance of Buffer or Uint8Array. Received ${describe(data)}`,
    );
    throw Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
  };
  stream._write = (chunk: unknown, encoding: unknown, done: () => void) => {
    write(bytesOf(chunk, encoding));
    done();
  };
  // Written at once, as Node writes to files, so that output before an error is complete.
  const writeNow = (data: unknown, encoding?: unknown, done?: unknown) => {
    write(bytesOf(data, encoding));
    const callback = typeof encoding === "function" ? encoding : done;
    if (typeof callback === "function") nextTick(callback as () => void);
    return true;
  };
  return Object.assign(stream, { fd, isTTY: undefined, columns: undefined, write: writeNow });
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "object") return `an instance of ${value.constructor?.name ?? "Object"}`;
  return `type ${typeof value} (${String(value)})`;
}
