import { lazy, Suspense } from "react";
import type { TestResult } from "../api/client";
import { formatMebibytes, formatMilliseconds } from "./format";

const Plot = lazy(() => import("./plot"));

/** Chart of the time and memory of each test. The plotting library is loaded on demand. */
export function Chart({ results }: { results: TestResult[] }) {
  if (results.length < 2) return null;
  const slowest = results.reduce((a, b) => (b.executionTime > a.executionTime ? b : a));
  const largest = results.reduce((a, b) => (b.memoryUsed > a.memoryUsed ? b : a));
  const summary =
    `Slowest: test ${slowest.testCaseNumber}, ${formatMilliseconds(slowest.executionTime)}. ` +
    `Most memory: test ${largest.testCaseNumber}, ${formatMebibytes(largest.memoryUsed)}.`;
  return (
    <figure className="chart">
      <figcaption className="quiet">Time and memory per test. {summary}</figcaption>
      <div aria-hidden="true">
        <Suspense fallback={<div className="plot" />}>
          <Plot results={results} />
        </Suspense>
      </div>
    </figure>
  );
}
