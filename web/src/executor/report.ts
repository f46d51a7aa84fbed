import type { Answer } from "../api/client";
import type { BrowserLanguage } from "./protocol";

/** How a run ended, wherever it was. */
export type Ending =
  | { kind: "exited"; exitCode: number }
  | { kind: "signaled"; signal: number }
  | { kind: "too_long"; limitMs: number }
  | { kind: "too_much_memory" }
  | { kind: "too_much_output" }
  | { kind: "forbidden" }
  | { kind: "not_compiled" }
  /** A person called it off. */
  | { kind: "stopped" }
  /** Not the program's fault. */
  | { kind: "our_fault"; detail: string };

export interface RunReport {
  place: "browser" | "server";
  ending: Ending;
  stdout: string;
  stderr: string;
  /** Milliseconds: of wall clock in the browser, of CPU on the server. */
  time: number;
  /** Bytes; browsers don't say. */
  memory?: number;
  /** What the program asked for that browsers don't have: the server can be asked instead. */
  beyond?: string;
  /** Where the text stops being a program, counted from 1. */
  syntaxError?: { line: number; column: number };
}

export function succeeded(report: RunReport): boolean {
  return report.ending.kind === "exited" && report.ending.exitCode === 0;
}

export const BROWSER_LANGUAGES: BrowserLanguage[] = ["javascript", "python"];

export function isBrowserLanguage(language: string): language is BrowserLanguage {
  return BROWSER_LANGUAGES.some((one) => one === language);
}

/** The browser's bounds ended it, and not the program: the server may come further. */
export function fellShort({ place, ending, beyond }: RunReport): boolean {
  return (
    place === "browser" &&
    (beyond !== undefined || ["too_long", "too_much_memory", "our_fault"].includes(ending.kind))
  );
}

type TestAnswer = Answer<"runSnippet">;

/** What `POST /api/test` answered. */
export function fromServer(answer: TestAnswer): RunReport {
  return {
    place: "server",
    ending: endingOf(answer),
    stdout: answer.output,
    stderr: answer.stderr,
    time: answer.executionTime,
    memory: answer.memoryUsed,
  };
}

function endingOf(answer: TestAnswer): Ending {
  switch (answer.outcome) {
    case "exited":
      return { kind: "exited", exitCode: answer.exitCode ?? 0 };
    case "signaled":
      return { kind: "signaled", signal: answer.signal ?? 0 };
    case "cpu_time_exceeded":
    case "wall_time_exceeded":
      return { kind: "too_long", limitMs: Math.round(answer.wallTime) };
    case "memory_exceeded":
      return { kind: "too_much_memory" };
    case "output_exceeded":
      return { kind: "too_much_output" };
    case "syscall_denied":
      return { kind: "forbidden" };
    case "compile_failed":
      return { kind: "not_compiled" };
    case "sandbox_error":
      return { kind: "our_fault", detail: "The server could not run it." };
  }
}
