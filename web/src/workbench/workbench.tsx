import { useEffect, useMemo, useState } from "react";
import type { Language, Problem } from "../api/client";
import { parseDiagnostics } from "../editor/diagnostics";
import { Editor } from "../editor/editor";
import { Panes } from "../parts/panes";
import { read, write } from "../storage";
import { isFinal } from "../stream/progress";
import { clientResultOf } from "./client-result";
import { prepare } from "./executor";
import { ProblemPane } from "./problem-pane";
import { RunPane, type RunTab } from "./run-pane";
import { sampleResultOf } from "./samples";
import { Toolbar } from "./toolbar";
import { casesOf, useCustomTests } from "./use-custom-tests";
import { useDraft } from "./use-draft";
import { useHints } from "./use-hints";
import { useJudging } from "./use-judging";
import { usePlacement } from "./use-placement";
import { type Case, useRuns } from "./use-runs";

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
  const usable = languages.filter((one) => one.status === "available");
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

  const cases = useMemo(
    () =>
      problem.samples.map(
        (one): Case => ({ name: `Sample ${one.name}`, input: one.input, expected: one.output }),
      ),
    [problem],
  );
  const program = { language, code: draft.code };
  const placement = usePlacement(problem.id, language, draft.code);
  const start = (wanted: Case[], place?: "server") => {
    setView("results");
    return runs.start(
      wanted,
      program,
      place ? { strategy: place, reasons: ["You asked for it."] } : placement,
    );
  };
  const runShown = () => {
    const custom = tab === "custom" || cases.length === 0;
    if (tab === "judgement" && !custom) setTab("samples");
    void start(custom ? casesOf(tests.all) : cases);
    if (cases.length === 0) setTab("custom");
  };
  const submit = () => {
    if (judging.sending) return;
    draft.saveNow();
    setTab("judgement");
    setView("results");
    runs.clear();
    if (problem.trust === "client" && placement.strategy !== "server") {
      // This browser's word may be the last one here, so it comes first.
      void runs
        .start(cases, program, { ...placement, strategy: "client" })
        .then((done) => judging.submit(program, clientResultOf(done, cases.length)));
      return;
    }
    const sent = judging.submit(program);
    if (placement.strategy === "server") return;
    // Meanwhile this browser tries the samples; whatever it finds is provisional.
    void sent.then(() =>
      runs.start(cases, program, { ...placement, strategy: "client" }).then((done) => {
        judging.setProvisional(
          done.map(({ case: one, report }) =>
            report ? sampleResultOf(report, one.expected ?? "") : "unknown",
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
  useShortcuts(runShown, submit);

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
                  isSending={judging.sending || isJudging}
                  onRun={runShown}
                  onStop={runs.stop}
                  onSubmit={submit}
                />
                <Editor
                  code={draft.code}
                  loaded={draft.loaded}
                  diagnostics={diagnostics}
                  onChange={draft.edit}
                  onRun={runShown}
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
                onRun={start}
              />
            }
          />
        }
      />
    </div>
  );
}

/** What a person chose last, on this or another problem. */
export const lastLanguage = (): string | undefined => read("language");

function startLanguage(usable: Language[]): string {
  const last = lastLanguage();
  const found =
    usable.find((one) => one.id === last) ?? usable.find((one) => one.id === "python") ?? usable[0];
  return found?.id ?? "python";
}

type Judged = ReturnType<typeof useJudging>;
type Ran = ReturnType<typeof useRuns>["runs"];

/** Marks from whatever last looked at the code; they go when it changes. */
function useDiagnostics(language: string, judging: Judged, runs: Ran, code: string) {
  const refused = runs.find((one) => one.report?.outcome.kind === "compile_failed")?.report;
  const words = refused?.stderr ?? judging.progress?.compilerOutput ?? "";
  const [marked, setMarked] = useState({ words: "", code: "", language: "" });
  if (words !== marked.words) setMarked({ words, code, language });
  return useMemo(() => {
    if (words === "" || marked.code !== code || marked.language !== language) return [];
    const place = refused?.syntaxError;
    if (place) return [{ ...place, severity: "error" as const, text: words.trim() }];
    return parseDiagnostics(words, language);
  }, [words, refused, marked, code, language]);
}

/** Wherever the focus is; the editor has them as commands of its own. */
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
