import type { TestResult } from "../api/client";
import type { SampleResult } from "../workbench/samples";
import { formatMebibytes, formatMilliseconds } from "./format";
import { shortVerdict } from "./verdict";

interface TicksProps {
  total: number;
  results: TestResult[];
  /** The browser's results for the samples, which are judged first. */
  provisional?: SampleResult[];
  isRunning: boolean;
}

/** Number of ticks on screen; the table below lists all tests. */
const MAX_TICKS = 400;

/** One tick for each test, in judging order. */
export function Ticks({ total, results, provisional = [], isRunning }: TicksProps) {
  const byNumber = new Map(results.map((result) => [result.testCaseNumber, result]));
  const numbers = Array.from({ length: Math.min(total, MAX_TICKS) }, (_, index) => index + 1);
  const next = isRunning ? Math.max(0, ...byNumber.keys()) + 1 : 0;
  return (
    <ol className="ticks" aria-label="Tests">
      {numbers.map((number) => (
        <Tick
          key={number}
          number={number}
          result={byNumber.get(number)}
          sampleResult={provisional[number - 1]}
          isNext={number === next}
        />
      ))}
    </ol>
  );
}

interface TickProps {
  number: number;
  result?: TestResult;
  sampleResult?: SampleResult;
  isNext: boolean;
}

function Tick({ number, result, sampleResult, isNext }: TickProps) {
  if (result) {
    const usage = `${formatMilliseconds(result.executionTime)}, ${formatMebibytes(result.memoryUsed)}`;
    const label = `Test ${number}: ${result.verdict}, ${usage}`;
    return (
      <li className={result.passed ? "tick tick-good" : "tick tick-bad"} title={label}>
        <span aria-hidden="true">{result.passed ? "✓" : shortVerdict(result.verdict)}</span>
        <span className="hidden">{label}</span>
      </li>
    );
  }
  if (sampleResult && sampleResult !== "unknown") {
    const label = `Test ${number}: ${sampleResult} in your browser, provisional`;
    return (
      <li className={`tick tick-provisional-${sampleResult}`} title={label}>
        <span aria-hidden="true">{sampleResult === "passed" ? "✓" : "✗"}</span>
        <span className="hidden">{label}</span>
      </li>
    );
  }
  return (
    <li className={isNext ? "tick tick-next" : "tick"} title={`Test ${number}: not yet`}>
      <span aria-hidden="true">{number}</span>
      <span className="hidden">Test {number}: not yet</span>
    </li>
  );
}
