import type { Problem, TestResult } from "../api/client";
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

/** A submission, from waiting to its verdict. */
export function Judgement({ problem, progress, provisional }: JudgementProps) {
  const { verdict, results, compilerOutput } = progress;
  const done = isFinal(progress);
  const total = verdict?.totalTests ?? problem?.totalTests ?? results.length;
  const firstFailed = results.find((result) => !result.passed);
  const isProvisional = !done && (provisional?.length ?? 0) > results.length;
  return (
    <div className="judgement" data-status={progress.status}>
      <p className="judgement-head" role="status">
        {verdict ? (
          <VerdictBadge verdict={verdict.status} />
        ) : (
          <span className="verdict">{inWords(progress)}</span>
        )}
        {verdict && verdict.status !== "Compilation Error" && (
          <span className="figures">
            {verdict.passedTests} of {plural(verdict.totalTests, "test")} ·{" "}
            {formatMilliseconds(verdict.maxTime)} · {formatMebibytes(verdict.maxMemory)}
            {problem?.scoring &&
              verdict.score !== undefined &&
              verdict.score !== null &&
              ` · ${verdict.score} points`}
          </span>
        )}
        {progress.status === "Failed" && (
          <span>This is our fault, and not charged to you. Submit again.</span>
        )}
      </p>
      {compilerOutput && <TextBlock name="Compiler" text={compilerOutput} tone={done ? "bad" : undefined} />}
      {verdict?.status !== "Compilation Error" && (
        <Ticks
          total={total}
          results={results}
          provisional={done ? [] : provisional}
          isRunning={progress.status === "Running"}
        />
      )}
      {isProvisional && (
        <p className="quiet">Dashed marks are from your browser, and provisional: the server decides.</p>
      )}
      {progress.verifiedBy === "client" && (
        <p className="quiet">
          Verified by your browser: this problem believes it. Now and then the server looks.
        </p>
      )}
      {firstFailed && <FirstFailed result={firstFailed} />}
      {done && <Chart results={results} />}
      {verdict?.status === "Accepted" && <Comparison submissionId={progress.submissionId} />}
    </div>
  );
}

function inWords({ status, position, results }: JudgingProgress): string {
  if (status === "Queued" && position !== undefined && position > 0) return `Waiting: ${position} ahead`;
  if (status === "Queued") return "Waiting";
  if (status === "Compiling") return "Compiling";
  return `Running test ${results.length + 1}`;
}

function FirstFailed({ result }: { result: TestResult }) {
  const kind = result.isSample ? "sample" : "hidden test";
  return (
    <p className="notice">
      <span>
        First to fail: test {result.testCaseNumber} ({kind}): <strong>{result.verdict}</strong>
        {result.message ? `. ${result.message}` : ""}
        {result.isSample && " Run the samples to see the difference."}
      </span>
    </p>
  );
}
