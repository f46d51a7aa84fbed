import type { ResponseBody } from "../api/client";
import type { BrowserLanguage } from "./protocol";

/** End of a run, in the browser or on the server. */
export type RunOutcome =
  | { kind: "exited"; exitCode: number }
  | { kind: "signaled"; signal: number }
  | { kind: "time_exceeded"; limitMs: number }
  | { kind: "memory_exceeded" }
  | { kind: "output_exceeded" }
  | { kind: "syscall_denied" }
  /** It was too fast, where that is enforced. */
  | { kind: "rate_exceeded" }
  | { kind: "compile_failed" }
  /** The user stopped it. */
  | { kind: "stopped" }
  /** An error of the browser or of the service, not of the program. */
  | { kind: "internal_error"; detail: string };

export interface RunReport {
  place: "browser" | "server";
  outcome: RunOutcome;
  stdout: string;
  stderr: string;
  /** Milliseconds: wall time in the browser, CPU time on the server. */
  time: number;
  /** Bytes; unknown in the browser. */
  memory?: number;
  /** A feature that the program used and that browsers lack; the server has it. */
  unsupported?: string;
  /** Position of the syntax error, counted from 1. */
  syntaxError?: { line: number; column: number };
}

export function succeeded(report: RunReport): boolean {
  return report.outcome.kind === "exited" && report.outcome.exitCode === 0;
}

export const BROWSER_LANGUAGES: BrowserLanguage[] = ["javascript", "python"];

export function isBrowserLanguage(language: string): language is BrowserLanguage {
  return BROWSER_LANGUAGES.some((supported) => supported === language);
}

/** Returns true if a limit of the browser ended the run: it may succeed on the server. */
export function hitBrowserLimit({ place, outcome, unsupported }: RunReport): boolean {
  return (
    place === "browser" &&
    (unsupported !== undefined ||
      ["time_exceeded", "memory_exceeded", "internal_error"].includes(outcome.kind))
  );
}

type TestAnswer = ResponseBody<"runSnippet">;

/** Converts an answer of `POST /api/test`. */
export function reportFromServer(answer: TestAnswer): RunReport {
  return {
    place: "server",
    outcome: outcomeOf(answer),
    stdout: answer.output,
    stderr: answer.stderr,
    time: answer.executionTime,
    memory: answer.memoryUsed,
  };
}

function outcomeOf(answer: TestAnswer): RunOutcome {
  switch (answer.outcome) {
    case "exited":
      return { kind: "exited", exitCode: answer.exitCode ?? 0 };
    case "signaled":
      return { kind: "signaled", signal: answer.signal ?? 0 };
    case "cpu_time_exceeded":
    case "wall_time_exceeded":
      return { kind: "time_exceeded", limitMs: Math.round(answer.wallTime) };
    case "memory_exceeded":
      return { kind: "memory_exceeded" };
    case "output_exceeded":
      return { kind: "output_exceeded" };
    case "syscall_denied":
      return { kind: "syscall_denied" };
    case "syscall_rate_exceeded":
    case "memory_growth_exceeded":
      return { kind: "rate_exceeded" };
    case "compile_failed":
      return { kind: "compile_failed" };
    case "sandbox_error":
      return { kind: "internal_error", detail: "The server could not run the program." };
  }
}
