/**
 * Script of the frame in which programs run. The frame has no origin and no network (see
 * `build/documents.ts`), so everything arrives by messages: a port to the page, then the files.
 * Each run gets a new worker; one spare per language has started already. Results don't pass
 * through the frame: each program has a port of its own to the page.
 */

import type { BrowserLanguage, FromFrame, FromWorker, LanguageAssets, ToFrame, ToWorker } from "../protocol";
import { wrapAsModule } from "./javascript/wrapper";

interface LoadedLanguage {
  assets: LanguageAssets;
  /** Address of the workers' script. */
  address: string;
  module?: WebAssembly.Module;
  spare?: Worker;
}

/** Promises, because a run may arrive while the language's wasm is being compiled. */
const languages = new Map<BrowserLanguage, Promise<LoadedLanguage>>();
const running = new Map<number, { worker: Worker; language: BrowserLanguage }>();
/** Runs that were stopped before they started. */
const cancelledRuns = new Set<number>();
let page: MessagePort;

function postToPage(message: FromFrame, transfer: Transferable[] = []): void {
  page.postMessage(message, transfer);
}

function addressOf(script: string): string {
  return URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
}

async function load(assets: LanguageAssets): Promise<LoadedLanguage> {
  const address = addressOf(assets.script);
  return { assets, address, module: assets.wasm && (await WebAssembly.compile(assets.wasm)) };
}

async function ensureSpare(name: BrowserLanguage): Promise<void> {
  const language = await languages.get(name);
  if (language && !language.spare) language.spare = start(name, language);
}

function start(name: BrowserLanguage, language: LoadedLanguage): Worker {
  const { stdlib, snapshot } = language.assets;
  const worker = new Worker(language.address);
  worker.onmessage = (event: MessageEvent<FromWorker>) => {
    if (event.data.kind === "ready") postToPage({ kind: "spare_ready", language: name });
    if (event.data.kind === "failed")
      postToPage({ kind: "failed", language: name, detail: event.data.detail });
  };
  worker.onerror = (event) => {
    event.preventDefault();
    postToPage({ kind: "failed", language: name, detail: event.message });
  };
  postToWorker(worker, { kind: "start", module: language.module, stdlib, snapshot });
  return worker;
}

function postToWorker(worker: Worker, message: ToWorker, transfer: Transferable[] = []): void {
  worker.postMessage(message, transfer);
}

async function run(message: ToFrame & { kind: "run" }, port: MessagePort): Promise<void> {
  const language = await languages.get(message.language);
  if (!language || cancelledRuns.delete(message.id)) return;
  const worker = language.spare ?? start(message.language, language);
  language.spare = undefined;
  running.set(message.id, { worker, language: message.language });
  // From here on the program controls the worker, so its messages to the frame are ignored.
  worker.onmessage = null;
  worker.onerror = (event) => {
    event.preventDefault();
    postToPage({ kind: "crashed", id: message.id });
  };
  postToWorker(worker, { kind: "run", program: message.program, nonce: message.nonce }, [port]);
}

function stop(id: number): void {
  const run = running.get(id);
  if (!run) {
    cancelledRuns.add(id);
    return;
  }
  run.worker.terminate();
  running.delete(id);
  void ensureSpare(run.language);
}

async function makeSnapshot(): Promise<void> {
  const python = await languages.get("python");
  const stdlib = python?.assets.stdlib;
  if (!python?.module || !stdlib || python.assets.snapshot) return;
  const worker = new Worker(python.address);
  worker.onerror = (event) => event.preventDefault();
  worker.onmessage = (event: MessageEvent<FromWorker>) => {
    worker.terminate();
    if (event.data.kind !== "snapshot") return;
    const { bytes } = event.data;
    python.assets = { ...python.assets, snapshot: bytes };
    postToPage({ kind: "snapshot", bytes });
  };
  postToWorker(worker, { kind: "snapshot", module: python.module, stdlib });
}

/**
 * Reports the position of a syntax error. V8 gives it for scripts, but not for evaluated text. The same text has
 * failed to parse before, so none of it runs here.
 */
function locateSyntaxError(id: number, code: string): void {
  const address = addressOf(wrapAsModule(code));
  const worker = new Worker(address);
  const report = (line: number, column: number) => {
    worker.terminate();
    URL.revokeObjectURL(address);
    postToPage({ kind: "syntax_error_located", id, line, column });
  };
  worker.onerror = (event) => {
    event.preventDefault();
    report(event.lineno, event.colno);
  };
  setTimeout(report, 1000, 0, 0);
}

function handleMessage(event: MessageEvent<ToFrame>): void {
  const message = event.data;
  switch (message.kind) {
    case "load":
      languages.set(message.language, load(message.assets));
      ensureSpare(message.language).catch((error) =>
        postToPage({ kind: "failed", language: message.language, detail: String(error) }),
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
    case "locate_syntax_error":
      locateSyntaxError(message.id, message.code);
      break;
    case "ping":
      postToPage({ kind: "pong" });
      break;
  }
}

addEventListener("message", function receivePort(event: MessageEvent) {
  const [port] = event.ports;
  if (event.source !== parent || !port) return;
  removeEventListener("message", receivePort);
  page = port;
  page.onmessage = handleMessage;
  postToPage({ kind: "frame_ready" });
});
