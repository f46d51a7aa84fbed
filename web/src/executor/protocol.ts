/** What the page, the frame and the programs in it say to each other. */

export type BrowserLanguage = "javascript" | "python";

export interface Program {
  code: string;
  input: string;
}

/** What the frame needs to start programs in a language. */
export interface LanguageAssets {
  /** The text of the script that a worker starts with. */
  script: string;
  /** Python only. */
  wasm?: ArrayBuffer;
  stdlib?: ArrayBuffer;
  /** Python's memory just after it started; without it each start takes a second or more. */
  snapshot?: ArrayBuffer;
}

export type ToFrame =
  | { kind: "load"; language: BrowserLanguage; assets: LanguageAssets }
  /** One port is transferred with it: the program's own way to the page. */
  | { kind: "run"; id: number; language: BrowserLanguage; program: Program; nonce: string }
  | { kind: "stop"; id: number }
  /** Start a Python only to keep its memory. */
  | { kind: "make_snapshot" }
  /** Where is the syntax error in this? */
  | { kind: "locate"; id: number; code: string }
  | { kind: "ping" };

export type FromFrame =
  | { kind: "awake" }
  | { kind: "spare"; language: BrowserLanguage }
  | { kind: "snapshot"; bytes: ArrayBuffer }
  | { kind: "located"; id: number; line: number; column: number }
  /** The worker lost an error that it should have caught: the program broke what the worker works with. */
  | { kind: "crashed"; id: number }
  | { kind: "broken"; language: BrowserLanguage; detail: string }
  | { kind: "pong" };

/** What the frame says to a new worker. */
export type ToWorker =
  | { kind: "start"; module?: WebAssembly.Module; stdlib?: ArrayBuffer; snapshot?: ArrayBuffer }
  | { kind: "snapshot"; module: WebAssembly.Module; stdlib: ArrayBuffer }
  | { kind: "run"; program: Program; nonce: string };

export type FromWorker =
  | { kind: "ready" }
  | { kind: "snapshot"; bytes: ArrayBuffer }
  | { kind: "broken"; detail: string };

export type OutputStream = "stdout" | "stderr";

/** Over a run's own port. Anything without the run's nonce is not from our part of the worker. */
export type FromProgram = { nonce: string } & (
  | { kind: "begun" }
  | { kind: "output"; stream: OutputStream; bytes: Uint8Array }
  /** It wrote more than is taken. */
  | { kind: "full" }
  | { kind: "end"; exitCode: number; unsupported?: string; syntaxError?: boolean }
);

/** In batches of this many bytes output goes to the page. */
export const BATCH_BYTES = 16 * 1024;
/** Of standard output and standard error together. */
export const MAX_OUTPUT_BYTES = 1 << 20;
