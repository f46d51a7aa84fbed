/** The parts of `fs` that practice programs use: standard streams and files in memory. */
import { Buffer } from "buffer/";
import { UnsupportedError } from "./unsupported";

type Encoding = string | { encoding?: string | null; flag?: string } | null | undefined;
type Data = string | Uint8Array;

export interface Streams {
  input: Uint8Array;
  write(stream: "stdout" | "stderr", bytes: Uint8Array): void;
}

const INPUT_NAMES = new Set<unknown>([0, "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]);
const OUTPUT_NAMES = new Set<unknown>([1, "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]);
const ERROR_NAMES = new Set<unknown>([2, "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"]);

export class Files {
  private readonly contents = new Map<string, Buffer>();
  private inputPosition = 0;

  constructor(private readonly streams: Streams) {}

  /** Returns the rest of standard input. */
  takeInput(): Buffer {
    const remaining = this.streams.input.subarray(this.inputPosition);
    this.inputPosition = this.streams.input.length;
    return Buffer.from(remaining.buffer, remaining.byteOffset, remaining.length);
  }

  readFileSync = (name: unknown, encoding?: Encoding): Buffer | string => {
    const bytes = INPUT_NAMES.has(name) ? this.takeInput() : this.contents.get(path(name));
    if (!bytes) throw notFound("open", name);
    const encodingName = encodingOf(encoding);
    return encodingName ? bytes.toString(encodingName as "utf8") : Buffer.from(bytes);
  };

  writeFileSync = (name: unknown, data: Data, encoding?: Encoding): void => {
    if (!this.writeStream(name, data, encoding)) this.contents.set(path(name), bytesOf(data, encoding));
  };

  appendFileSync = (name: unknown, data: Data, encoding?: Encoding): void => {
    if (this.writeStream(name, data, encoding)) return;
    const before = this.contents.get(path(name)) ?? Buffer.alloc(0);
    this.contents.set(path(name), Buffer.concat([before, bytesOf(data, encoding)]));
  };

  existsSync = (name: unknown): boolean =>
    INPUT_NAMES.has(name) || OUTPUT_NAMES.has(name) || ERROR_NAMES.has(name) || this.contents.has(path(name));

  unlinkSync = (name: unknown): void => {
    if (!this.contents.delete(path(name))) throw notFound("unlink", name);
  };

  readSync = (fd: unknown, into: Uint8Array, ...rest: unknown[]): number => {
    if (!INPUT_NAMES.has(fd)) throw new UnsupportedError("reading files by descriptor");
    const [first, second] = rest;
    const options = (typeof first === "object" && first !== null ? first : {}) as Record<string, number>;
    const offset = typeof first === "number" ? first : (options.offset ?? 0);
    const length = typeof second === "number" ? second : (options.length ?? into.length - offset);
    const part = this.streams.input.subarray(this.inputPosition, this.inputPosition + length);
    into.set(part, offset);
    this.inputPosition += part.length;
    return part.length;
  };

  writeSync = (fd: unknown, data: Data, ...rest: unknown[]): number => {
    let bytes = bytesOf(data);
    if (typeof data !== "string" && typeof rest[0] === "number") {
      const end = typeof rest[1] === "number" ? rest[0] + rest[1] : undefined;
      bytes = bytes.subarray(rest[0], end);
    }
    if (!this.writeStream(fd, bytes)) throw new UnsupportedError("writing files by descriptor");
    return bytes.length;
  };

  fstatSync = (fd: unknown) => {
    if (!INPUT_NAMES.has(fd)) throw new UnsupportedError("file metadata");
    return { size: this.streams.input.length, isFile: () => true, isDirectory: () => false };
  };

  openSync = (name: unknown): number => {
    if (INPUT_NAMES.has(name)) return 0;
    if (OUTPUT_NAMES.has(name)) return 1;
    if (ERROR_NAMES.has(name)) return 2;
    throw new UnsupportedError("opening files");
  };

  closeSync = (): void => {};

  private writeStream(name: unknown, data: Data, encoding?: Encoding): boolean {
    const stream = OUTPUT_NAMES.has(name) ? "stdout" : ERROR_NAMES.has(name) ? "stderr" : undefined;
    if (stream) this.streams.write(stream, bytesOf(data, encoding));
    return stream !== undefined;
  }
}

function path(name: unknown): string {
  const text = String(name).replace(/^\.\//, "");
  return text.startsWith("/") ? text : `/workspace/${text}`;
}

function encodingOf(encoding: Encoding): string | undefined {
  const name = typeof encoding === "string" ? encoding : encoding?.encoding;
  return name ?? undefined;
}

function bytesOf(data: Data, encoding?: Encoding): Buffer {
  if (typeof data === "string") return Buffer.from(data, (encodingOf(encoding) ?? "utf8") as "utf8");
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function notFound(call: string, name: unknown): Error {
  const error = new Error(`ENOENT: no such file or directory, ${call} '${String(name)}'`);
  return Object.assign(error, { errno: -2, code: "ENOENT", syscall: call, path: name });
}

/** Builds the `fs` module: the functions above and their asynchronous forms. */
export function fsModule(files: Files, hold: (work: () => void) => void) {
  const { readFileSync, writeFileSync, appendFileSync, existsSync, unlinkSync } = files;
  const { readSync, writeSync, fstatSync, openSync, closeSync } = files;
  const sync = { readFileSync, writeFileSync, appendFileSync, existsSync, unlinkSync, readSync, writeSync };
  const withCallback =
    (work: (...args: never[]) => unknown) =>
    (...args: unknown[]) => {
      const callback = args.pop() as (error: unknown, value?: unknown) => void;
      hold(() => {
        let value: unknown;
        try {
          value = work(...(args as never[]));
        } catch (error) {
          return callback(error);
        }
        callback(null, value);
      });
    };
  const withPromise =
    (work: (...args: never[]) => unknown) =>
    async (...args: unknown[]) =>
      work(...(args as never[]));
  const module = {
    ...sync,
    fstatSync,
    openSync,
    closeSync,
    readFile: withCallback(readFileSync),
    writeFile: withCallback(writeFileSync),
    appendFile: withCallback(appendFileSync),
    unlink: withCallback(unlinkSync),
    promises: {
      readFile: withPromise(readFileSync),
      writeFile: withPromise(writeFileSync),
      appendFile: withPromise(appendFileSync),
      unlink: withPromise(unlinkSync),
    },
    constants: { O_RDONLY: 0 },
  };
  return new Proxy(module, {
    get(target, key, receiver) {
      if (key in target || typeof key === "symbol" || key === "default" || key === "then") {
        return Reflect.get(target, key, receiver);
      }
      return () => {
        throw new UnsupportedError(`fs.${key}`);
      };
    },
  });
}
