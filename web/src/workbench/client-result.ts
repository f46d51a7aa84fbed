import type { Schemas } from "../api/client";
import { sampleResultOf } from "./samples";
import type { CaseRun } from "./use-runs";

export type ClientResult = Schemas["ClientResult"];

/** The client result for a problem with `trust: client`; undefined unless all samples passed in this browser. */
export function clientResultOf(runs: CaseRun[], sampleCount: number): ClientResult | undefined {
  const passed = runs.filter(
    ({ case: { expected }, report }) =>
      report?.place === "browser" && expected !== undefined && sampleResultOf(report, expected) === "passed",
  );
  if (sampleCount === 0 || passed.length !== sampleCount) return undefined;
  return {
    testResults: passed.map(({ report }) => ({ verdict: "Accepted", executionTime: report?.time ?? 0 })),
  };
}
