import type { RunReport } from "../executor/report";
import { succeeded } from "../executor/report";

/**
 * Provisional result of a sample in the browser, compared token by token like the default checker.
 * The server decides: a problem can have a checker of its own.
 */
export type SampleResult = "passed" | "failed" | "unknown";

export function sampleResultOf(report: RunReport, expected: string): SampleResult {
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
