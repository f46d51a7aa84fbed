/** Messages between the page, the frame, its workers and the programs in them. */

export type BrowserLanguage = "javascript" | "python";

export interface Program {
  code: string;
  input: string;
}

/** Files that the frame needs to run programs in a language. */
export interface LanguageAssets {
  /** Text of the worker's script. */
  script: string;
  /** The interpreter; only for Python. */
  wasm?: ArrayBuffer;
  stdlib?: ArrayBuffer;
  /** Python's memory just after its start; without it each start takes a second or more. */
  snapshot?: ArrayBuffer;
}

export type ToFrame =
  | { kind: "load"; language: BrowserLanguage; assets: LanguageAssets }
  /** Transfers the port over which the program's results reach the page. */
  | { kind: "run"; id: number; language: BrowserLanguage; program: Program; nonce: string }
  | { kind: "stop"; id: number }
  /** Starts Python only to take a snapshot of its memory. */
  | { kind: "make_snapshot" }
  /** Asks for the position of the syntax error in `code`. */
  | { kind: "locate_syntax_error"; id: number; code: string }
  | { kind: "ping" };

export type FromFrame =
  | { kind: "frame_ready" }
  | { kind: "spare_ready"; language: BrowserLanguage }
  | { kind: "snapshot"; bytes: ArrayBuffer }
  | { kind: "syntax_error_located"; id: number; line: number; column: number }
  /** The worker failed to catch an error, because the program changed functions that the worker needs. */
  | { kind: "crashed"; id: number }
  | { kind: "failed"; language: BrowserLanguage; detail: string }
  | { kind: "pong" };

/** Messages from the frame to a new worker. */
export type ToWorker =
  | { kind: "start"; module?: WebAssembly.Module; stdlib?: ArrayBuffer; snapshot?: ArrayBuffer }
  | { kind: "snapshot"; module: WebAssembly.Module; stdlib: ArrayBuffer }
  | { kind: "run"; program: Program; nonce: string };

export type FromWorker =
  | { kind: "ready" }
  | { kind: "snapshot"; bytes: ArrayBuffer }
  | { kind: "failed"; detail: string };

export type OutputStream = "stdout" | "stderr";

/** Messages over a run's port. One without the run's nonce was sent by the program itself, and is ignored. */
export type FromProgram = { nonce: string } & (
  | { kind: "started" }
  | { kind: "output"; stream: OutputStream; bytes: Uint8Array }
  /** The output limit was reached. */
  | { kind: "output_limit" }
  | { kind: "exited"; exitCode: number; unsupported?: string; syntaxError?: boolean }
);

/** Size of the batches in which output is sent to the page. */
export const BATCH_BYTES = 16 * 1024;
/** Limit of standard output and standard error together. */
export const MAX_OUTPUT_BYTES = 1 << 20;
