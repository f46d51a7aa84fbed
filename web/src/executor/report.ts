import type { ResponseBody } from "../api/client";
import type { BrowserLanguage } from "./protocol";

/** How a run ended, wherever it was. */
export type RunOutcome =
  | { kind: "exited"; exitCode: number }
  | { kind: "signaled"; signal: number }
  | { kind: "time_exceeded"; limitMs: number }
  | { kind: "memory_exceeded" }
  | { kind: "output_exceeded" }
  | { kind: "syscall_denied" }
  | { kind: "compile_failed" }
  /** A person called it off. */
  | { kind: "stopped" }
  /** Not the program's fault. */
  | { kind: "internal_error"; detail: string };

export interface RunReport {
  place: "browser" | "server";
  outcome: RunOutcome;
  stdout: string;
  stderr: string;
  /** Milliseconds: of wall clock in the browser, of CPU on the server. */
  time: number;
  /** Bytes; browsers don't say. */
  memory?: number;
  /** What the program asked for that browsers don't have: the server can be asked instead. */
  unsupported?: string;
  /** Where the text stops being a program, counted from 1. */
  syntaxError?: { line: number; column: number };
}

export function succeeded(report: RunReport): boolean {
  return report.outcome.kind === "exited" && report.outcome.exitCode === 0;
}

export const BROWSER_LANGUAGES: BrowserLanguage[] = ["javascript", "python"];

export function isBrowserLanguage(language: string): language is BrowserLanguage {
  return BROWSER_LANGUAGES.some((one) => one === language);
}

/** The browser's bounds ended it, and not the program: the server may come further. */
export function hitBrowserLimit({ place, outcome, unsupported }: RunReport): boolean {
  return (
    place === "browser" &&
    (unsupported !== undefined ||
      ["time_exceeded", "memory_exceeded", "internal_error"].includes(outcome.kind))
  );
}

type TestAnswer = ResponseBody<"runSnippet">;

/** What `POST /api/test` answered. */
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
    case "compile_failed":
      return { kind: "compile_failed" };
    case "sandbox_error":
      return { kind: "internal_error", detail: "The server could not run it." };
  }
}
