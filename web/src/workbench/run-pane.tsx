import type { Problem } from "../api/client";
import { CaseResult } from "../parts/case-result";
import { Judgement } from "../parts/judgement";
import { PlacementReasons } from "../parts/placement-reasons";
import { Tabs } from "../parts/tabs";
import { TextBlock } from "../parts/text-block";
import { CustomTestsPane } from "./custom-tests";
import { sampleResultOf } from "./samples";
import type { CustomTests } from "./use-custom-tests";
import type { Judging } from "./use-judging";
import type { Case, CaseRun, Runs } from "./use-runs";

export type RunTab = "samples" | "custom" | "judgement";

interface RunPaneProps {
  problem: Problem;
  cases: Case[];
  runs: Runs;
  judging: Judging;
  tests: CustomTests;
  tab: RunTab;
  onTab(tab: RunTab): void;
  onRun(cases: Case[], place?: "server"): unknown;
}

export function RunPane(props: RunPaneProps) {
  const { problem, cases, judging, tab, onTab } = props;
  return (
    <Tabs<RunTab>
      label="Runs"
      tabs={[
        { id: "samples", name: `Samples (${cases.length})` },
        { id: "custom", name: "Custom input" },
        { id: "judgement", name: "Verdict" },
      ]}
      selected={tab}
      onSelect={onTab}
    >
      <div className="run-pane">
        {tab !== "judgement" && props.runs.runs.length > 0 && props.runs.placement && (
          <PlacementReasons placement={props.runs.placement} />
        )}
        {tab === "samples" && <Samples {...props} />}
        {tab === "custom" && <CustomTestsPane tests={props.tests} runs={props.runs} onRun={props.onRun} />}
        {tab === "judgement" && (
          <>
            {judging.error && (
              <p className="notice notice-bad" role="alert">
                {judging.error}
              </p>
            )}
            {judging.isSending && <p className="quiet">Submitting…</p>}
            {judging.progress && (
              <Judgement problem={problem} progress={judging.progress} provisional={judging.provisional} />
            )}
            {!judging.progress && !judging.isSending && !judging.error && (
              <p className="quiet">Submit to see your code judged on {problem.totalTests} tests.</p>
            )}
          </>
        )}
      </div>
    </Tabs>
  );
}

function Samples({ cases, runs, tests, onTab, onRun }: RunPaneProps) {
  const editCopy = ({ input, expected }: Case) => {
    tests.add({ input, expected });
    onTab("custom");
  };
  const byName = new Map(runs.runs.map((run) => [run.case.name, run]));
  if (cases.length === 0) return <p className="quiet">This problem has no samples. Use custom input.</p>;
  return (
    <>
      {cases.some((sample) => sample.interaction !== undefined) && (
        <p className="quiet">
          This problem is interactive: only Submit runs your program together with the interactor.
        </p>
      )}
      <SampleSummary runs={runs.runs.filter((run) => cases.includes(run.case))} total={cases.length} />
      {cases.map((sample) => {
        const run = byName.get(sample.name);
        return (
          <section className="case" key={sample.name} aria-label={sample.name}>
            <header>
              <h3>{sample.name}</h3>
              <button type="button" className="plain" onClick={() => editCopy(sample)}>
                Edit a copy
              </button>
              <button
                type="button"
                className="plain"
                onClick={() => onRun([sample])}
                disabled={runs.isRunning}
              >
                Run this sample
              </button>
            </header>
            {run ? (
              <CaseResult run={run} onRunOnServer={() => onRun([sample], "server")} />
            ) : (
              <div className="sample">
                <TextBlock name="Input" text={sample.input} />
                {sample.interaction === undefined ? (
                  <TextBlock name="Expected output" text={sample.expected ?? ""} />
                ) : (
                  <TextBlock name="Interaction" text={sample.interaction} />
                )}
              </div>
            )}
          </section>
        );
      })}
    </>
  );
}

function SampleSummary({ runs, total }: { runs: CaseRun[]; total: number }) {
  const finished = runs.filter((run) => run.report && run.case.expected !== undefined);
  if (finished.length === 0) return <p className="hidden" role="status" />;
  const passed = finished.filter(
    (run) => run.report && sampleResultOf(run.report, run.case.expected) === "passed",
  ).length;
  return (
    <p className="summary" role="status">
      {passed} of {total} {total === 1 ? "sample matches" : "samples match"}
      <span className="quiet"> · provisional: the server decides</span>
    </p>
  );
}
