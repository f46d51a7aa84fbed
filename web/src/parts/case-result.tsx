import { type RunOutcome, type RunReport, succeeded } from "../executor/report";
import { sampleResultOf } from "../workbench/samples";
import type { CaseRun } from "../workbench/use-runs";
import { Diff } from "./diff";
import { formatMebibytes, formatMilliseconds } from "./format";
import { TextBlock } from "./text-block";

interface CaseResultProps {
  run: CaseRun;
  onRunOnServer(): void;
}

/** Result of one run, with a button that repeats it on the server if the browser's limits ended it. */
export function CaseResult({ run, onRunOnServer }: CaseResultProps) {
  const { report } = run;
  if (!report) {
    return (
      <div className="case-result" aria-busy="true">
        <p className="quiet">{run.state === "running" ? "Running…" : "Waiting…"}</p>
        {run.partial && <TextBlock name="Output so far" text={run.partial} />}
      </div>
    );
  }
  const { expected } = run.case;
  const sampleResult = expected === undefined ? undefined : sampleResultOf(report, expected);
  return (
    <div className="case-result" data-place={report.place} data-outcome={report.outcome.kind}>
      <p className="case-head">
        {sampleResult && sampleResult !== "unknown" && (
          <strong className={`verdict verdict-${sampleResult === "passed" ? "good" : "bad"} provisional`}>
            {sampleResult === "passed" ? "Matches" : succeeded(report) ? "Differs" : "Failed"}
          </strong>
        )}
        <span>{describeOutcome(report)}</span>
        <span className="quiet figures">{describeUsage(report)}</span>
      </p>
      <BrowserLimit report={report} onRunOnServer={onRunOnServer} />
      {report.stderr !== "" && (
        <TextBlock
          name={report.outcome.kind === "compile_failed" ? "Compiler" : "Standard error"}
          text={report.stderr}
          tone="bad"
        />
      )}
      {sampleResult === "failed" && succeeded(report) && expected !== undefined ? (
        <Diff expected={expected} actual={report.stdout} />
      ) : (
        report.outcome.kind !== "compile_failed" && <TextBlock name="Output" text={report.stdout} />
      )}
    </div>
  );
}

function describeOutcome(report: RunReport): string {
  const descriptions: Record<RunOutcome["kind"], () => string> = {
    exited: () => (succeeded(report) ? "Finished" : `Exit code ${exitCode(report)}`),
    signaled: () => "Ended by a signal",
    time_exceeded: () =>
      report.place === "browser" ? "Stopped after 5 seconds in your browser" : "Time limit exceeded",
    memory_exceeded: () =>
      report.place === "browser" ? "Your browser ran out of memory" : "Memory limit exceeded",
    output_exceeded: () => "Output limit exceeded",
    syscall_denied: () => "Security violation: a system call that is not allowed",
    rate_exceeded: () => "Security violation: too many system calls, or memory taken too fast",
    compile_failed: () => "Compilation error",
    stopped: () => "Stopped",
    internal_error: () => "Could not be run",
  };
  return descriptions[report.outcome.kind]();
}

function exitCode(report: RunReport): number {
  return report.outcome.kind === "exited" ? report.outcome.exitCode : 0;
}

function describeUsage({ place, time, memory, outcome }: RunReport): string {
  if (outcome.kind === "internal_error" || outcome.kind === "compile_failed") return "";
  const where = place === "browser" ? "in your browser" : "on the server";
  return [formatMilliseconds(time), memory === undefined ? "" : formatMebibytes(memory), where]
    .filter(Boolean)
    .join(" · ");
}

/** Explains a limit of the browser, which is not an error of the program, and offers the server. */
function BrowserLimit({ report, onRunOnServer }: { report: RunReport; onRunOnServer(): void }) {
  const { outcome, unsupported, place } = report;
  if (place === "server") {
    return outcome.kind === "internal_error" ? <p className="notice notice-bad">{outcome.detail}</p> : null;
  }
  const reason =
    unsupported !== undefined
      ? `Not available in the browser: ${unsupported}. The server supports it.`
      : outcome.kind === "time_exceeded" || outcome.kind === "memory_exceeded"
        ? "The server is faster and has more memory."
        : outcome.kind === "internal_error"
          ? outcome.detail
          : undefined;
  if (reason === undefined) return null;
  return (
    <div className="notice">
      <span>{reason}</span>
      <button type="button" onClick={onRunOnServer}>
        Run on the server
      </button>
    </div>
  );
}
