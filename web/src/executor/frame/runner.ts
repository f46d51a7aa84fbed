/**
 * The script of the frame in which programs run. The frame has no origin and no network (see
 * `build/documents.ts`), so everything is posted in: a port to the page, then scripts and bytes.
 * For each run there is a fresh worker, and one spare is kept that has already started. Results
 * don't pass through here: each program gets a port of its own to the page.
 */

import type { BrowserLanguage, FromFrame, FromWorker, Parts, ToFrame, ToWorker } from "../protocol";
import { asFunction } from "./javascript/as-function";

interface Language {
  parts: Parts;
  /** Where workers find their script. */
  address: string;
  module?: WebAssembly.Module;
  spare?: Worker;
}

/** A language is asked for while its wasm is still being compiled: then the run waits. */
const languages = new Map<BrowserLanguage, Promise<Language>>();
const running = new Map<number, { worker: Worker; language: BrowserLanguage }>();
/** Runs that were stopped before they began. */
const calledOff = new Set<number>();
let page: MessagePort;

function tell(message: FromFrame, transfer: Transferable[] = []): void {
  page.postMessage(message, transfer);
}

function addressOf(script: string): string {
  return URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
}

async function load(parts: Parts): Promise<Language> {
  const address = addressOf(parts.script);
  return { parts, address, module: parts.wasm && (await WebAssembly.compile(parts.wasm)) };
}

async function keepSpare(name: BrowserLanguage): Promise<void> {
  const language = await languages.get(name);
  if (language && !language.spare) language.spare = start(name, language);
}

function start(name: BrowserLanguage, language: Language): Worker {
  const { stdlib, snapshot } = language.parts;
  const worker = new Worker(language.address);
  worker.onmessage = (event: MessageEvent<FromWorker>) => {
    if (event.data.kind === "ready") tell({ kind: "spare", language: name });
    if (event.data.kind === "broken") tell({ kind: "broken", language: name, detail: event.data.detail });
  };
  worker.onerror = (event) => {
    event.preventDefault();
    tell({ kind: "broken", language: name, detail: event.message });
  };
  hand(worker, { kind: "start", module: language.module, stdlib, snapshot });
  return worker;
}

function hand(worker: Worker, message: ToWorker, transfer: Transferable[] = []): void {
  worker.postMessage(message, transfer);
}

async function run(message: ToFrame & { kind: "run" }, port: MessagePort): Promise<void> {
  const language = await languages.get(message.language);
  if (!language || calledOff.delete(message.id)) return;
  const worker = language.spare ?? start(message.language, language);
  language.spare = undefined;
  running.set(message.id, { worker, language: message.language });
  // From here on the worker is the program's, and what it says to the frame is not believed.
  worker.onmessage = null;
  worker.onerror = (event) => {
    event.preventDefault();
    tell({ kind: "crashed", id: message.id });
  };
  hand(worker, { kind: "run", program: message.program, nonce: message.nonce }, [port]);
}

function stop(id: number): void {
  const run = running.get(id);
  if (!run) {
    calledOff.add(id);
    return;
  }
  run.worker.terminate();
  running.delete(id);
  void keepSpare(run.language);
}

async function makeSnapshot(): Promise<void> {
  const python = await languages.get("python");
  const stdlib = python?.parts.stdlib;
  if (!python?.module || !stdlib || python.parts.snapshot) return;
  const worker = new Worker(python.address);
  worker.onerror = (event) => event.preventDefault();
  worker.onmessage = (event: MessageEvent<FromWorker>) => {
    worker.terminate();
    if (event.data.kind !== "snapshot") return;
    const { bytes } = event.data;
    python.parts = { ...python.parts, snapshot: bytes };
    tell({ kind: "snapshot", bytes });
  };
  hand(worker, { kind: "snapshot", module: python.module, stdlib });
}

/**
 * V8 says where a syntax error is for scripts, but not for what is evaluated. This is asked for only after the
 * same text failed to be parsed, so none of it runs here.
 */
function locate(id: number, code: string): void {
  const address = addressOf(asFunction(code));
  const worker = new Worker(address);
  const end = (line: number, column: number) => {
    worker.terminate();
    URL.revokeObjectURL(address);
    tell({ kind: "located", id, line, column });
  };
  worker.onerror = (event) => {
    event.preventDefault();
    end(event.lineno, event.colno);
  };
  setTimeout(end, 1000, 0, 0);
}

function hear(event: MessageEvent<ToFrame>): void {
  const message = event.data;
  switch (message.kind) {
    case "load":
      languages.set(message.language, load(message.parts));
      keepSpare(message.language).catch((error) =>
        tell({ kind: "broken", language: message.language, detail: String(error) }),
      );
      break;
    case "run": {
      const [port] = event.ports;
      if (port) void run(message, port);
      break;
    }
    case "stop":
      stop(message.id);
      break;
    case "make_snapshot":
      void makeSnapshot();
      break;
    case "locate":
      locate(message.id, message.code);
      break;
    case "ping":
      tell({ kind: "pong" });
      break;
  }
}

addEventListener("message", function welcome(event: MessageEvent) {
  const [port] = event.ports;
  if (event.source !== parent || !port) return;
  removeEventListener("message", welcome);
  page = port;
  page.onmessage = hear;
  tell({ kind: "awake" });
});
