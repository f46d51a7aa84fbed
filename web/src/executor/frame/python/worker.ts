/** Script of a Python worker: starts Pyodide and runs one program. */
import "./prepare";
import createPyodideModule from "pyodide/pyodide.asm.mjs";
import { loadPyodide } from "pyodide/pyodide.mjs";
import { info } from "pyodide/pyodide-lock.json";
import type { FromWorker, Program, ToWorker } from "../../protocol";
import { Output } from "../output";
import { ProgramPort } from "../program-port";
import { strip } from "../strip";
import host from "./host.py?raw";

/** Limit of Python's memory, including the interpreter's own 30 MB. */
const MAX_MEMORY_BYTES = 256 << 20;
/** Never requested: `replaceLoading` answers instead of the network. */
const PLACEHOLDER_ADDRESS = "https://runner.invalid/";

type Pyodide = Awaited<ReturnType<typeof loadPyodide>>;
type ProgramResult = [exitCode: number, unsupported: string | undefined, isSyntaxError: boolean];

let pyodide: Promise<Pyodide> | undefined;

function postToFrame(message: FromWorker, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}

addEventListener("message", function receive(event: MessageEvent<ToWorker>) {
  const message = event.data;
  const reportFailure = (error: unknown) => postToFrame({ kind: "failed", detail: String(error) });
  if (message.kind === "start") {
    pyodide = start(message).then((started) => {
      postToFrame({ kind: "ready" });
      strip(["self"]);
      return started;
    });
    pyodide.catch(reportFailure);
  } else if (message.kind === "snapshot") {
    start(message, true).then((started) => {
      const bytes = started.makeMemorySnapshot();
      postToFrame({ kind: "snapshot", bytes: bytes.buffer as ArrayBuffer }, [bytes.buffer]);
    }, reportFailure);
  } else if (pyodide) {
    removeEventListener("message", receive);
    const [port] = event.ports;
    if (!port) return;
    const programPort = new ProgramPort(port, message.nonce);
    pyodide.then((started) => run(started, message.program, programPort));
  }
});

async function start(
  message: ToWorker & { kind: "start" | "snapshot" },
  isSnapshot = false,
): Promise<Pyodide> {
  const { module, stdlib } = message;
  if (!module || !stdlib) throw new Error("Python's files are missing");
  const snapshot = message.kind === "start" ? message.snapshot : undefined;
  replaceLoading(module, stdlib);
  const started = await loadPyodide({
    indexURL: PLACEHOLDER_ADDRESS,
    lockFileContents: { info, packages: {} },
    packageBaseUrl: PLACEHOLDER_ADDRESS,
    createPyodideModule,
    // As languages/python.toml has them.
    env: { HOME: "/workspace", PYTHONDONTWRITEBYTECODE: "1", PYTHONINTMAXSTRDIGITS: "0" },
    _makeSnapshot: isSnapshot,
    _loadSnapshot: snapshot,
  } as Parameters<typeof loadPyodide>[0]);
  if (!snapshot)
    started.runPython(
      `import types\n__host = types.ModuleType("host")\nexec(${JSON.stringify(host)}, __host.__dict__)`,
    );
  return started;
}

/** Replaces the functions by which Pyodide loads its files from the network: the page has sent them. */
function replaceLoading(module: WebAssembly.Module, stdlib: ArrayBuffer): void {
  globalThis.fetch = async () => new Response(stdlib);
  WebAssembly.instantiateStreaming = async (_response, imports) => {
    limitMemory(imports?.env as Record<string, unknown>);
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
}

/** Limits Python's memory: beyond the limit it raises a MemoryError. */
function limitMemory(environment: Record<string, unknown>): void {
  const resize = environment.emscripten_resize_heap as (bytes: number) => number;
  environment.emscripten_resize_heap = (bytes: number) =>
    bytes >>> 0 > MAX_MEMORY_BYTES ? 0 : resize(bytes);
}

async function run(python: Pyodide, program: Program, programPort: ProgramPort): Promise<void> {
  const output = new Output(programPort);
  const fatal = (python as unknown as { _api: { on_fatal?: (error: unknown) => void } })._api;
  fatal.on_fatal = (error) => {
    output.flush();
    const isStack = /call stack|recursion/i.test(String(error));
    programPort.send({
      kind: "exited",
      exitCode: 1,
      unsupported: isStack ? "recursion this deep" : "an operation of this program",
    });
  };
  connect(python, program.input, output);
  const main = python.globals.get("__host").run;
  programPort.send({ kind: "started" });
  const result = await main.callPromising(program.code);
  const [exitCode, unsupported, syntaxError] = result.toJs() as ProgramResult;
  output.flush();
  programPort.send({ kind: "exited", exitCode, unsupported: unsupported ?? undefined, syntaxError });
}

function connect(python: Pyodide, input: string, output: Output): void {
  const bytes = new TextEncoder().encode(input);
  let position = 0;
  python.setStdin({
    read(into: Uint8Array) {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      position += part.length;
      return part.length;
    },
  });
  for (const stream of ["stdout", "stderr"] as const) {
    const write = (chunk: Uint8Array) => {
      output.write(stream, chunk);
      return chunk.length;
    };
    if (stream === "stdout") python.setStdout({ write });
    else python.setStderr({ write });
  }
}
