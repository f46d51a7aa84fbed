import { useEffect, useMemo, useState } from "react";
import type { Language, Problem } from "../api/client";
import { parseDiagnostics } from "../editor/diagnostics";
import { Editor } from "../editor/editor";
import { diagnosticsFormatOf } from "../languages";
import { Panes } from "../parts/panes";
import { read, write } from "../storage";
import { isFinal } from "../stream/progress";
import { clientResultOf } from "./client-result";
import { prepare } from "./executor";
import { ProblemPane } from "./problem-pane";
import { RunPane, type RunTab } from "./run-pane";
import { sampleCases, sampleResultOf } from "./samples";
import { Toolbar } from "./toolbar";
import { casesOf, useCustomTests } from "./use-custom-tests";
import { useDraft } from "./use-draft";
import { useHints } from "./use-hints";
import { type Judging, useJudging } from "./use-judging";
import { usePlacement } from "./use-placement";
import { type Case, type CaseRun, useRuns } from "./use-runs";

interface WorkbenchProps {
  problem: Problem;
  languages: Language[];
}

type View = "problem" | "code" | "results";

const VIEWS: { id: View; name: string }[] = [
  { id: "problem", name: "Problem" },
  { id: "code", name: "Code" },
  { id: "results", name: "Results" },
];

export function Workbench({ problem, languages }: WorkbenchProps) {
  const usable = languages.filter(({ status }) => status === "available");
  const [initialLanguage] = useState(() => startLanguage(usable));
  const draft = useDraft(problem.id, initialLanguage);
  const { language } = draft;
  const runs = useRuns();
  const judging = useJudging(problem.id);
  const tests = useCustomTests(problem.id, problem.samples[0]?.input ?? "");
  const [tab, setTab] = useState<RunTab>("samples");
  const [view, setView] = useState<View>("problem");

  useEffect(() => prepare(language), [language]);
  useHints(problem.id, language, draft.code);

  const cases = useMemo(() => sampleCases(problem.samples), [problem]);
  const program = { language, code: draft.code };
  const placement = usePlacement(problem.id, language, draft.code);
  const startRuns = (selected: Case[], place?: "server") => {
    setView("results");
    return runs.start(
      selected,
      program,
      place ? { strategy: place, reasons: ["You chose the server."] } : placement,
    );
  };
  const runVisible = () => {
    const isCustom = tab === "custom" || cases.length === 0;
    if (tab === "judgement" && !isCustom) setTab("samples");
    void startRuns(isCustom ? casesOf(tests.all) : cases);
    if (cases.length === 0) setTab("custom");
  };
  const submit = () => {
    if (judging.isSending) return;
    draft.saveNow();
    setTab("judgement");
    setView("results");
    runs.clear();
    if (problem.trust === "client" && placement.strategy !== "server") {
      // The client result can decide the verdict, so the samples run first.
      void runs
        .start(cases, program, { ...placement, strategy: "client" })
        .then((finished) => judging.submit(program, clientResultOf(finished, cases.length)));
      return;
    }
    const submitted = judging.submit(program);
    if (placement.strategy === "server") return;
    // The browser runs the samples in the meantime; its results are provisional.
    void submitted.then(() =>
      runs.start(cases, program, { ...placement, strategy: "client" }).then((finished) => {
        judging.setProvisional(
          finished.map(({ case: sample, report }) =>
            report ? sampleResultOf(report, sample.expected) : "unknown",
          ),
        );
      }),
    );
  };
  const switchLanguage = (next: string) => {
    write("language", next);
    draft.switchLanguage(next);
  };
  const loadSubmission = (code: string, submittedLanguage: string) => {
    write("language", submittedLanguage);
    draft.replace(submittedLanguage, code);
  };

  const diagnostics = useDiagnostics(language, judging, runs.runs, draft.code);
  const isJudging = judging.progress !== undefined && !isFinal(judging.progress);
  useShortcuts(runVisible, submit);

  return (
    <div className="workbench" data-view={view}>
      <div className="view-switch">
        {VIEWS.map(({ id, name }) => (
          <button key={id} type="button" aria-pressed={view === id} onClick={() => setView(id)}>
            {name}
          </button>
        ))}
      </div>
      <Panes
        name="statement"
        label="Width of the statement"
        direction="row"
        initial={40}
        first={<ProblemPane problem={problem} onLoad={loadSubmission} />}
        second={
          <Panes
            name="results"
            label="Height of the editor"
            direction="column"
            initial={58}
            first={
              <section className="code-pane" aria-label="Code">
                <Toolbar
                  languages={usable}
                  onLanguage={switchLanguage}
                  draft={draft}
                  isRunning={runs.isRunning}
                  isSending={judging.isSending || isJudging}
                  onRun={runVisible}
                  onStop={runs.stop}
                  onSubmit={submit}
                />
                <Editor
                  code={draft.code}
                  loaded={draft.loaded}
                  diagnostics={diagnostics}
                  onChange={draft.edit}
                  onRun={runVisible}
                  onSubmit={submit}
                  onSave={draft.saveNow}
                />
              </section>
            }
            second={
              <RunPane
                problem={problem}
                cases={cases}
                runs={runs}
                judging={judging}
                tests={tests}
                tab={tab}
                onTab={setTab}
                onRun={startRuns}
              />
            }
          />
        }
      />
    </div>
  );
}

/** The language that was used last, on any problem. */
export const lastLanguage = (): string | undefined => read("language");

function startLanguage(usable: Language[]): string {
  const last = lastLanguage();
  const language =
    usable.find(({ id }) => id === last) ?? usable.find(({ id }) => id === "python") ?? usable[0];
  return language?.id ?? "python";
}

/** Diagnostics of the last run or judgement; they disappear when the code changes. */
function useDiagnostics(language: string, judging: Judging, runs: CaseRun[], code: string) {
  const failedRun = runs.find((run) => run.report?.outcome.kind === "compile_failed")?.report;
  const output = failedRun?.stderr ?? judging.progress?.compilerOutput ?? "";
  const [source, setSource] = useState({ output: "", code: "", language: "" });
  if (output !== source.output) setSource({ output, code, language });
  return useMemo(() => {
    if (output === "" || source.code !== code || source.language !== language) return [];
    const place = failedRun?.syntaxError;
    if (place) return [{ ...place, severity: "error" as const, text: output.trim() }];
    return parseDiagnostics(output, diagnosticsFormatOf(language));
  }, [output, failedRun, source, code, language]);
}

/** Keyboard shortcuts outside of the editor, which has commands of its own. */
function useShortcuts(onRun: () => void, onSubmit: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
      event.preventDefault();
      if (event.shiftKey) onSubmit();
      else onRun();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  });
}
