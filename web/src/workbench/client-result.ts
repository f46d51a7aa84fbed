import type { Schemas } from "../api/client";
import { sampleResultOf } from "./samples";
import type { CaseRun } from "./use-runs";

export type ClientResult = Schemas["ClientResult"];

/** What a problem that believes browsers is told; nothing unless every sample passed in this browser. */
export function clientResultOf(runs: CaseRun[], wanted: number): ClientResult | undefined {
  const passed = runs.filter(
    ({ case: { expected }, report }) =>
      report?.place === "browser" && expected !== undefined && sampleResultOf(report, expected) === "passed",
  );
  if (wanted === 0 || passed.length !== wanted) return undefined;
  return {
    testResults: passed.map(({ report }) => ({ verdict: "Accepted", executionTime: report?.time ?? 0 })),
  };
}
