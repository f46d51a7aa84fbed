import { type RunOutcome, type RunReport, succeeded } from "../executor/report";
import { sampleResultOf } from "../workbench/samples";
import type { CaseRun } from "../workbench/use-runs";
import { Diff } from "./diff";
import { formatMebibytes, formatMilliseconds } from "./format";
import { TextBlock } from "./text-block";

interface CaseResultProps {
  run: CaseRun;
  onServer(): void;
}

/** What came of one run, and, where the browser fell short, the way to the server. */
export function CaseResult({ run, onServer }: CaseResultProps) {
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
        <span>{inWords(report)}</span>
        <span className="quiet figures">{figuresOf(report)}</span>
      </p>
      <Fallback report={report} onServer={onServer} />
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

function inWords(report: RunReport): string {
  const words: Record<RunOutcome["kind"], () => string> = {
    exited: () => (succeeded(report) ? "Ended" : `Ended with exit code ${exitCode(report)}`),
    signaled: () => "Ended by a signal",
    time_exceeded: () =>
      report.place === "browser" ? "Stopped after 5 seconds in your browser" : "Stopped: it took too long",
    memory_exceeded: () =>
      report.place === "browser"
        ? "Your browser has no more memory for it"
        : "Stopped: it needs too much memory",
    output_exceeded: () => "Stopped: it wrote more than can be shown",
    syscall_denied: () => "Ended for a system call that is not allowed",
    compile_failed: () => "This is not a program yet",
    stopped: () => "You stopped it",
    internal_error: () => "It was not run",
  };
  return words[report.outcome.kind]();
}

function exitCode(report: RunReport): number {
  return report.outcome.kind === "exited" ? report.outcome.exitCode : 0;
}

function figuresOf({ place, time, memory, outcome }: RunReport): string {
  if (outcome.kind === "internal_error" || outcome.kind === "compile_failed") return "";
  const where = place === "browser" ? "in your browser" : "on the server";
  return [formatMilliseconds(time), memory === undefined ? "" : formatMebibytes(memory), where]
    .filter(Boolean)
    .join(" · ");
}

/** The browser's limits are not the program's faults. */
function Fallback({ report, onServer }: { report: RunReport; onServer(): void }) {
  const { outcome, unsupported, place } = report;
  if (place === "server") {
    return outcome.kind === "internal_error" ? <p className="notice notice-bad">{outcome.detail}</p> : null;
  }
  const why =
    unsupported !== undefined
      ? `${unsupported} can't be had in the browser. The server has it.`
      : outcome.kind === "time_exceeded" || outcome.kind === "memory_exceeded"
        ? "The server is faster and has more memory for it."
        : outcome.kind === "internal_error"
          ? outcome.detail
          : undefined;
  if (why === undefined) return null;
  return (
    <div className="notice">
      <span>{why}</span>
      <button type="button" onClick={onServer}>
        Run on the server
      </button>
    </div>
  );
}
