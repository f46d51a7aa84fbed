import type { RunReport } from "../executor/report";
import { succeeded } from "../executor/report";

/**
 * What the page thinks of a sample's output, as the judge's default checker compares: word by word.
 * It is provisional: a problem may come with a checker of its own, and only the server decides.
 */
export type SampleResult = "passed" | "failed" | "unknown";

export function sampleResultOf(report: RunReport, expected: string): SampleResult {
  if (report.unsupported || report.outcome.kind === "internal_error" || report.outcome.kind === "stopped")
    return "unknown";
  if (!succeeded(report)) return "failed";
  return sameWords(report.stdout, expected) ? "passed" : "failed";
}

function sameWords(a: string, b: string): boolean {
  const words = (text: string) => text.split(/\s+/).filter(Boolean);
  const [left, right] = [words(a), words(b)];
  return left.length === right.length && left.every((word, at) => word === right[at]);
}
