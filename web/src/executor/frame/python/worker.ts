/** The script of a Python worker: starts Pyodide, takes one program, and says what came of it. */
import "./prepare";
import createPyodideModule from "pyodide/pyodide.asm.mjs";
import { loadPyodide } from "pyodide/pyodide.mjs";
import { info } from "pyodide/pyodide-lock.json";
import type { FromWorker, Program, ToWorker } from "../../protocol";
import { Output } from "../output";
import { ProgramPort } from "../program-port";
import { strip } from "../strip";
import host from "./host.py?raw";

/** All of Python's memory, the interpreter's own 30 MB included. */
const MAX_MEMORY_BYTES = 256 << 20;
/** Never asked: `given` answers in the network's place. */
const NOWHERE = "https://runner.invalid/";

type Pyodide = Awaited<ReturnType<typeof loadPyodide>>;
type Result = [exitCode: number, unsupported: string | undefined, isNoProgram: boolean];

let pyodide: Promise<Pyodide> | undefined;

function postToFrame(message: FromWorker, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}

addEventListener("message", function receive(event: MessageEvent<ToWorker>) {
  const message = event.data;
  const broken = (error: unknown) => postToFrame({ kind: "broken", detail: String(error) });
  if (message.kind === "start") {
    pyodide = start(message).then((started) => {
      postToFrame({ kind: "ready" });
      strip(["self"]);
      return started;
    });
    pyodide.catch(broken);
  } else if (message.kind === "snapshot") {
    start(message, true).then((started) => {
      const bytes = started.makeMemorySnapshot();
      postToFrame({ kind: "snapshot", bytes: bytes.buffer as ArrayBuffer }, [bytes.buffer]);
    }, broken);
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
  if (!module || !stdlib) throw new Error("Python's assets are missing");
  const snapshot = message.kind === "start" ? message.snapshot : undefined;
  given(module, stdlib);
  const started = await loadPyodide({
    indexURL: NOWHERE,
    lockFileContents: { info, packages: {} },
    packageBaseUrl: NOWHERE,
    createPyodideModule,
    env: { HOME: "/workspace", PYTHONDONTWRITEBYTECODE: "1" },
    _makeSnapshot: isSnapshot,
    _loadSnapshot: snapshot,
  } as Parameters<typeof loadPyodide>[0]);
  if (!snapshot)
    started.runPython(
      `import types\n__host = types.ModuleType("host")\nexec(${JSON.stringify(host)}, __host.__dict__)`,
    );
  return started;
}

/** Pyodide loads its assets over the network; here it gets them from the page. */
function given(module: WebAssembly.Module, stdlib: ArrayBuffer): void {
  globalThis.fetch = async () => new Response(stdlib);
  WebAssembly.instantiateStreaming = async (_response, imports) => {
    bound(imports?.env as Record<string, unknown>);
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
}

/** UnsupportedError the bound Python gets no more memory, and raises a MemoryError. */
function bound(environment: Record<string, unknown>): void {
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
      kind: "end",
      exitCode: 1,
      unsupported: isStack ? "Recursion this deep" : "What this program does",
    });
  };
  connect(python, program.input, output);
  const main = python.globals.get("__host").run;
  programPort.send({ kind: "begun" });
  const result = await main.callPromising(program.code);
  const [exitCode, unsupported, syntaxError] = result.toJs() as Result;
  output.flush();
  programPort.send({ kind: "end", exitCode, unsupported: unsupported ?? undefined, syntaxError });
}

function connect(python: Pyodide, input: string, output: Output): void {
  const bytes = new TextEncoder().encode(input);
  let at = 0;
  python.setStdin({
    read(into: Uint8Array) {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      at += part.length;
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
