import { type Ending, type RunReport, succeeded } from "../executor/report";
import { opinionOf } from "../workbench/samples";
import type { CaseRun } from "../workbench/use-runs";
import { Diff } from "./diff";
import { mebibytes, milliseconds } from "./figures";
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
  const opinion = expected === undefined ? undefined : opinionOf(report, expected);
  return (
    <div className="case-result" data-place={report.place} data-ending={report.ending.kind}>
      <p className="case-head">
        {opinion && opinion !== "unknown" && (
          <strong className={`verdict verdict-${opinion === "passed" ? "good" : "bad"} provisional`}>
            {opinion === "passed" ? "Matches" : succeeded(report) ? "Differs" : "Failed"}
          </strong>
        )}
        <span>{inWords(report)}</span>
        <span className="quiet figures">{figuresOf(report)}</span>
      </p>
      <Fallback report={report} onServer={onServer} />
      {report.stderr !== "" && (
        <TextBlock
          name={report.ending.kind === "not_compiled" ? "Compiler" : "Standard error"}
          text={report.stderr}
          tone="bad"
        />
      )}
      {opinion === "failed" && succeeded(report) && expected !== undefined ? (
        <Diff expected={expected} actual={report.stdout} />
      ) : (
        report.ending.kind !== "not_compiled" && <TextBlock name="Output" text={report.stdout} />
      )}
    </div>
  );
}

function inWords(report: RunReport): string {
  const words: Record<Ending["kind"], () => string> = {
    exited: () => (succeeded(report) ? "Ended" : `Ended with exit code ${exitCode(report)}`),
    signaled: () => "Ended by a signal",
    too_long: () =>
      report.place === "browser" ? "Stopped after 5 seconds in your browser" : "Stopped: it took too long",
    too_much_memory: () =>
      report.place === "browser"
        ? "Your browser has no more memory for it"
        : "Stopped: it needs too much memory",
    too_much_output: () => "Stopped: it wrote more than can be shown",
    forbidden: () => "Ended for a system call that is not allowed",
    not_compiled: () => "This is not a program yet",
    stopped: () => "You stopped it",
    our_fault: () => "It was not run",
  };
  return words[report.ending.kind]();
}

function exitCode(report: RunReport): number {
  return report.ending.kind === "exited" ? report.ending.exitCode : 0;
}

function figuresOf({ place, time, memory, ending }: RunReport): string {
  if (ending.kind === "our_fault" || ending.kind === "not_compiled") return "";
  const where = place === "browser" ? "in your browser" : "on the server";
  return [milliseconds(time), memory === undefined ? "" : mebibytes(memory), where]
    .filter(Boolean)
    .join(" · ");
}

/** The browser's limits are not the program's faults. */
function Fallback({ report, onServer }: { report: RunReport; onServer(): void }) {
  const { ending, beyond, place } = report;
  if (place === "server") {
    return ending.kind === "our_fault" ? <p className="notice notice-bad">{ending.detail}</p> : null;
  }
  const why =
    beyond !== undefined
      ? `${beyond} can't be had in the browser. The server has it.`
      : ending.kind === "too_long" || ending.kind === "too_much_memory"
        ? "The server is faster and has more memory for it."
        : ending.kind === "our_fault"
          ? ending.detail
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
