import { useEffect, useMemo, useRef, useState } from "react";
import { api, type Problem } from "../api/client";
import { mebibytes, milliseconds } from "../parts/figures";
import { SubmissionList } from "../parts/submission-list";
import { Tabs } from "../parts/tabs";

interface ProblemPaneProps {
  problem: Problem;
  onReuse(code: string): void;
  onLanguage(language: string): void;
}

type Shown = "statement" | "submissions";

export function ProblemPane({ problem, onReuse, onLanguage }: ProblemPaneProps) {
  const [shown, setShown] = useState<Shown>("statement");
  return (
    <Tabs<Shown>
      label="Problem"
      tabs={[
        { id: "statement", name: "Statement" },
        { id: "submissions", name: "Submissions" },
      ]}
      chosen={shown}
      onChoose={setShown}
    >
      {shown === "statement" ? (
        <Statement problem={problem} />
      ) : (
        <SubmissionList
          problemId={problem.id}
          onReuse={(code, language) => {
            onLanguage(language);
            // After the editor has changed to that language's draft.
            setTimeout(onReuse, 0, code);
          }}
        />
      )}
    </Tabs>
  );
}

function Statement({ problem }: { problem: Problem }) {
  const [shown, setShown] = useState(problem);
  const { statementHtml, statementLanguage, statementLanguages } = shown;
  const text = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = text.current;
    if (!element || !statementHtml.includes('class="math')) return;
    // Where they can't be loaded, formulas stay TeX.
    import("../parts/formulas").then(
      ({ typeset }) => typeset(element),
      () => undefined,
    );
  }, [statementHtml]);
  // The same object each time: a new one would have React write the text anew, without its formulas.
  const html = useMemo(() => ({ __html: statementHtml }), [statementHtml]);
  return (
    <article className="statement">
      <p className="quiet">
        {milliseconds(problem.timeLimit)} · {mebibytes(problem.memoryLimit)}
        {problem.author && ` · ${problem.author}`}
        {problem.source && ` · ${problem.source}`}
        {problem.license && ` · ${problem.license}`}
      </p>
      {statementLanguages.length > 1 && (
        <label className="quiet">
          Language of the statement{" "}
          <select
            value={statementLanguage ?? ""}
            onChange={(event) => {
              // Where the server can't be reached, what is shown stays.
              api.problem(problem.id, event.target.value).then(setShown, () => {});
            }}
          >
            {statementLanguages.map((language) => (
              <option key={language} value={language}>
                {language}
              </option>
            ))}
          </select>
        </label>
      )}
      {/* The server has let through only text and its structure; the page's policy stands behind that. */}
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: see above */}
      <div ref={text} dangerouslySetInnerHTML={html} />
    </article>
  );
}
