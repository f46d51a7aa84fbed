import type { Problem, TestResult } from "../api/client";
import { describePoints, isPartial } from "../points";
import { isFinal, type JudgingProgress } from "../stream/progress";
import type { SampleResult } from "../workbench/samples";
import { Chart } from "./chart";
import { Comparison } from "./comparison";
import { formatMebibytes, formatMilliseconds, plural } from "./format";
import { TextBlock } from "./text-block";
import { Ticks } from "./ticks";
import { VerdictBadge } from "./verdict";

interface JudgementProps {
  problem?: Pick<Problem, "totalTests" | "scoring">;
  progress: JudgingProgress;
  provisional?: SampleResult[];
}

/** The judgement of a submission: its progress, then its verdict. */
export function Judgement({ problem, progress, provisional }: JudgementProps) {
  const { verdict, results, compilerOutput } = progress;
  const isDone = isFinal(progress);
  const points = verdict && describePoints(verdict);
  const total = verdict?.totalTests ?? problem?.totalTests ?? results.length;
  const firstFailed = results.find((result) => !result.passed);
  const isProvisional = !isDone && (provisional?.length ?? 0) > results.length;
  return (
    <div className="judgement" data-status={progress.status}>
      <p className="judgement-head" role="status">
        {verdict ? (
          <VerdictBadge verdict={verdict} />
        ) : (
          <span className="verdict">{describeStatus(progress)}</span>
        )}
        {verdict && verdict.status !== "Compilation Error" && (
          <span className="figures">
            {verdict.passedTests} of {plural(verdict.totalTests, "test")} ·{" "}
            {formatMilliseconds(verdict.maxTime)} · {formatMebibytes(verdict.maxMemory)}
            {problem?.scoring && !isPartial(verdict) && points && ` · ${points}`}
          </span>
        )}
        {progress.status === "Failed" && (
          <span>This is an error of the service and does not count. Please submit again.</span>
        )}
      </p>
      {compilerOutput && (
        <TextBlock name="Compiler" text={compilerOutput} tone={isDone ? "bad" : undefined} />
      )}
      {verdict?.status !== "Compilation Error" && (
        <Ticks
          total={total}
          results={results}
          provisional={isDone ? [] : provisional}
          isRunning={progress.status === "Running"}
        />
      )}
      {isProvisional && (
        <p className="quiet">Dashed marks are provisional results of your browser; the server decides.</p>
      )}
      {progress.verifiedBy === "client" && (
        <p className="quiet">
          Verified by your browser, which this problem trusts. The server checks some of these results.
        </p>
      )}
      {firstFailed && <FirstFailed result={firstFailed} />}
      {isDone && <Chart results={results} />}
      {verdict?.status === "Accepted" && <Comparison submissionId={progress.submissionId} />}
    </div>
  );
}

function describeStatus({ status, position, results }: JudgingProgress): string {
  if (status === "Queued" && position !== undefined && position > 0) return `Queued, ${position} ahead`;
  if (status === "Queued") return "Queued";
  if (status === "Compiling" || status === "Cancelled") return status;
  return `Running test ${results.length + 1}`;
}

function FirstFailed({ result }: { result: TestResult }) {
  const kind = result.isSample ? "sample" : "hidden test";
  return (
    <p className="notice">
      <span>
        <strong>{result.verdict}</strong> on test {result.testCaseNumber} ({kind})
        {result.message ? `. ${result.message}` : ""}
        {result.isSample && " Run the samples to see the difference."}
      </span>
    </p>
  );
}
