import type { Schemas } from "../api/client";
import type { RunReport } from "../executor/report";
import { succeeded } from "../executor/report";
import type { Case } from "./use-runs";

/**
 * Provisional result of a sample in the browser, compared token by token like the default checker.
 * The server decides: a problem can have a checker of its own.
 */
export type SampleResult = "passed" | "failed" | "unknown";

/** Converts the samples of a problem. Those of interactive problems have no output to compare. */
export function sampleCases(samples: Schemas["ProblemSample"][]): Case[] {
  return samples.map(({ name, input, output, interaction }) => ({
    name: `Sample ${name}`,
    input,
    ...(interaction ? { interaction: output } : { expected: output }),
  }));
}

export function sampleResultOf(report: RunReport, expected: string | undefined): SampleResult {
  if (expected === undefined) return "unknown";
  if (report.unsupported || report.outcome.kind === "internal_error" || report.outcome.kind === "stopped")
    return "unknown";
  if (!succeeded(report)) return "failed";
  return haveSameTokens(report.stdout, expected) ? "passed" : "failed";
}

function haveSameTokens(a: string, b: string): boolean {
  const tokens = (text: string) => text.split(/\s+/).filter(Boolean);
  const [left, right] = [tokens(a), tokens(b)];
  return left.length === right.length && left.every((token, index) => token === right[index]);
}
