/** The script of a JavaScript worker: takes one program, runs it as Node would, and says what came of it. */
import { Buffer } from "buffer/";
import { inspect } from "node-inspect-extracted";
import type { FromWorker, Program, ToWorker } from "../../protocol";
import { Output } from "../output";
import { ProgramPort } from "../program-port";
import { strip } from "../strip";
import { makeConsole } from "./console";
import { EventLoop } from "./event-loop";
import { Files } from "./files";
import { makeRequire } from "./modules";
import { Exit, makeProcess, type Process } from "./process";
import { nextTick } from "./ticks";
import { recordedUnsupported, recordUnsupported } from "./unsupported";
import { FILE_NAME, WRAPPER_COLUMNS, wrapAsModule } from "./wrapper";

// biome-ignore lint/security/noGlobalEval: running what people write is what this is for
const evaluate = globalThis.eval;
const listen = addEventListener.bind(globalThis);
const encoder = new TextEncoder();

function ready(): void {
  const message: FromWorker = { kind: "ready" };
  postMessage(message);
}

listen("message", function receive(event: MessageEvent<ToWorker>) {
  const message = event.data;
  if (message.kind === "start") return ready();
  const [port] = event.ports;
  if (message.kind !== "run" || !port) return;
  removeEventListener("message", receive);
  new Running(message.program, new ProgramPort(port, message.nonce)).start();
} as EventListener);

class Running {
  private readonly output: Output;
  private readonly loop: EventLoop;
  private readonly process: Process;
  private ended = false;

  constructor(
    private readonly program: Program,
    private readonly programPort: ProgramPort,
  ) {
    this.output = new Output(programPort);
    this.loop = new EventLoop(
      (error) => this.fail(error),
      () => this.idle(),
    );
    const write = (stream: "stdout" | "stderr", bytes: Uint8Array) => this.output.write(stream, bytes);
    const files = new Files({ input: encoder.encode(program.input), write });
    this.process = makeProcess(files, write, (code) => this.end(code));
    const text = (stream: "stdout" | "stderr") => (words: string) => write(stream, encoder.encode(words));
    const console = makeConsole(text("stdout"), text("stderr"));
    this.furnish(console, makeRequire(files, this.loop, this.process, console));
  }

  start(): void {
    this.programPort.send({ kind: "begun" });
    let main: (...args: unknown[]) => void;
    try {
      main = evaluate(wrapAsModule(this.program.code));
    } catch (error) {
      this.refuse(error);
      return;
    }
    const module = { exports: {}, id: ".", filename: FILE_NAME, loaded: false, children: [], paths: [] };
    const { require } = globalThis as unknown as { require: object };
    Object.assign(require, { main: module, cache: {} });
    this.loop.enter(() =>
      main.call(module.exports, module.exports, require, module, FILE_NAME, "/workspace"),
    );
  }

  /** Makes the worker's global scope that of a Node program. */
  private furnish(console: object, require: object): void {
    const { loop } = this;
    listen("error", ((event: ErrorEvent) => {
      event.preventDefault();
      this.fail(event.error);
    }) as EventListener);
    listen("unhandledrejection", ((event: PromiseRejectionEvent) => {
      event.preventDefault();
      this.reject(event.reason);
    }) as EventListener);
    strip();
    const globals = {
      global: globalThis,
      process: this.process,
      Buffer,
      console,
      require,
      setTimeout: loop.setTimeout,
      setInterval: loop.setInterval,
      setImmediate: loop.setImmediate,
      clearTimeout: loop.clearTimeout,
      clearInterval: loop.clearTimeout,
      clearImmediate: loop.clearImmediate,
    };
    for (const [name, value] of Object.entries(globals)) {
      Object.defineProperty(globalThis, name, {
        value,
        writable: true,
        configurable: true,
        enumerable: false,
      });
    }
  }

  private reject(reason: unknown): void {
    if (this.process.listenerCount("unhandledRejection") > 0) {
      this.loop.enter(() => this.process.emit("unhandledRejection", reason));
    } else {
      this.fail(reason instanceof Error ? reason : rejection(reason));
    }
  }

  private fail(error: unknown): void {
    if (error instanceof Exit || this.ended) return;
    if (this.process.listenerCount("uncaughtException") > 0) {
      nextTick(() => this.process.emit("uncaughtException", error));
      return;
    }
    if (error instanceof RangeError && /call stack/i.test(error.message))
      recordUnsupported("Recursion this deep");
    if (error instanceof RangeError && /allocation failed|array buffer/i.test(error.message)) {
      recordUnsupported("This much memory");
    }
    this.output.write("stderr", encoder.encode(describe(error, this.program.code)));
    this.end(1);
  }

  /** The text is not a program, or not one that a browser can run in this way. */
  private refuse(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (/import statement|import\.meta|token 'export'|await is only valid/.test(text)) {
      recordUnsupported("A program written as a module (import, export, await at the top)");
    }
    this.output.write("stderr", encoder.encode(`${String(error)}\n`));
    this.end(1, true);
  }

  private idle(): void {
    if (this.ended) return;
    try {
      this.process.emit("beforeExit", Number(this.process.exitCode ?? 0));
    } catch (error) {
      this.fail(error);
      return;
    }
    // A listener may have begun something new.
    if (this.loop.isIdle()) this.end(Number(this.process.exitCode ?? 0));
  }

  private end(exitCode: number, syntaxError = false): void {
    if (this.ended) return;
    this.ended = true;
    try {
      this.process.emit("exit", exitCode);
    } catch (error) {
      if (!(error instanceof Exit)) this.output.write("stderr", encoder.encode(describe(error, "")));
    }
    this.output.flush();
    const code = Number(this.process.exitCode ?? exitCode) || exitCode;
    this.programPort.send({
      kind: "end",
      exitCode: code & 255,
      unsupported: recordedUnsupported(),
      syntaxError,
    });
  }
}

function rejection(reason: unknown): Error {
  const text =
    "This error originated either by throwing inside of an async function without a catch block, or by rejecting " +
    `a promise which was not handled with .catch(). The promise rejected with the reason "${inspect(reason)}".`;
  return Object.assign(new Error(text), { code: "ERR_UNHANDLED_REJECTION" });
}

/** As Node shows an error that ends a program, without the frames that are ours. */
function describe(error: unknown, code: string): string {
  if (!(error instanceof Error))
    return `Uncaught:\n${inspect(error)}\n(Use \`node --trace-uncaught ...\` to show where the exception was thrown)\n`;
  const stack = String(error.stack ?? error);
  const lines = stack.split("\n").filter((line) => !/^\s+at .*(blob:|<anonymous>$|eval \()/.test(line));
  const text = inspect(error).startsWith(String(error.name)) ? lines.join("\n") : inspect(error);
  const place = new RegExp(`${FILE_NAME}:(\\d+):(\\d+)`).exec(stack);
  if (!place) return `${text}\n`;
  const line = Number(place[1]);
  const column = Number(place[2]) - (line === 1 ? WRAPPER_COLUMNS : 0);
  const source = code.split("\n")[line - 1] ?? "";
  return `${FILE_NAME}:${line}\n${source}\n${" ".repeat(Math.max(0, column - 1))}^\n\n${text}\n`;
}
