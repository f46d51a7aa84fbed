/** Script of a JavaScript worker: runs one program as Node would. */
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
import { makeProcess, type Process, ProcessExit } from "./process";
import { nextTick } from "./ticks";
import { recordedUnsupported, recordUnsupported } from "./unsupported";
import { FILE_NAME, WRAPPER_COLUMNS, wrapAsModule } from "./wrapper";

// biome-ignore lint/security/noGlobalEval: the worker exists to run users' programs
const evaluate = globalThis.eval;
const listen = addEventListener.bind(globalThis);
const encoder = new TextEncoder();

function reportReady(): void {
  const message: FromWorker = { kind: "ready" };
  postMessage(message);
}

listen("message", function receive(event: MessageEvent<ToWorker>) {
  const message = event.data;
  if (message.kind === "start") return reportReady();
  const [port] = event.ports;
  if (message.kind !== "run" || !port) return;
  removeEventListener("message", receive);
  new ProgramRun(message.program, new ProgramPort(port, message.nonce)).start();
} as EventListener);

class ProgramRun {
  private readonly output: Output;
  private readonly loop: EventLoop;
  private readonly process: Process;
  private hasEnded = false;

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
    const text = (stream: "stdout" | "stderr") => (message: string) => write(stream, encoder.encode(message));
    const console = makeConsole(text("stdout"), text("stderr"));
    this.installGlobals(console, makeRequire(files, this.loop, this.process, console));
  }

  start(): void {
    this.programPort.send({ kind: "started" });
    let main: (...args: unknown[]) => void;
    try {
      main = evaluate(wrapAsModule(this.program.code));
    } catch (error) {
      this.reportSyntaxError(error);
      return;
    }
    const module = { exports: {}, id: ".", filename: FILE_NAME, loaded: false, children: [], paths: [] };
    const { require } = globalThis as unknown as { require: object };
    Object.assign(require, { main: module, cache: {} });
    this.loop.enter(() =>
      main.call(module.exports, module.exports, require, module, FILE_NAME, "/workspace"),
    );
  }

  /** Replaces the worker's globals by those of a Node program. */
  private installGlobals(console: object, require: object): void {
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
      this.fail(reason instanceof Error ? reason : rejectionError(reason));
    }
  }

  private fail(error: unknown): void {
    if (error instanceof ProcessExit || this.hasEnded) return;
    if (this.process.listenerCount("uncaughtException") > 0) {
      nextTick(() => this.process.emit("uncaughtException", error));
      return;
    }
    if (error instanceof RangeError && /call stack/i.test(error.message))
      recordUnsupported("recursion this deep");
    if (error instanceof RangeError && /allocation failed|array buffer/i.test(error.message)) {
      recordUnsupported("this much memory");
    }
    this.output.write("stderr", encoder.encode(describe(error, this.program.code)));
    this.end(1);
  }

  /** Reports a text that can't be parsed, or not as a script. */
  private reportSyntaxError(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (/import statement|import\.meta|token 'export'|await is only valid/.test(text)) {
      recordUnsupported("programs written as modules (import, export, top-level await)");
    }
    this.output.write("stderr", encoder.encode(`${String(error)}\n`));
    this.end(1, true);
  }

  private idle(): void {
    if (this.hasEnded) return;
    try {
      this.process.emit("beforeExit", Number(this.process.exitCode ?? 0));
    } catch (error) {
      this.fail(error);
      return;
    }
    // A listener may have started a timer.
    if (this.loop.isIdle()) this.end(Number(this.process.exitCode ?? 0));
  }

  private end(exitCode: number, syntaxError = false): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    try {
      this.process.emit("exit", exitCode);
    } catch (error) {
      if (!(error instanceof ProcessExit)) this.output.write("stderr", encoder.encode(describe(error, "")));
    }
    this.output.flush();
    const code = Number(this.process.exitCode ?? exitCode) || exitCode;
    this.programPort.send({
      kind: "exited",
      exitCode: code & 255,
      unsupported: recordedUnsupported(),
      syntaxError,
    });
  }
}

function rejectionError(reason: unknown): Error {
  const text =
    "This error originated either by throwing inside of an async function without a catch block, or by rejecting " +
    `a promise which was not handled with .catch(). The promise rejected with the reason "${inspect(reason)}".`;
  return Object.assign(new Error(text), { code: "ERR_UNHANDLED_REJECTION" });
}

/** Formats an uncaught error like Node, without the worker's own stack frames. */
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
