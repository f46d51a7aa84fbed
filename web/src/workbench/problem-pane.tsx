import { useState } from "react";
import type { Problem } from "../api/client";
import { mebibytes, milliseconds } from "../parts/figures";
import { SubmissionList } from "../parts/submission-list";
import { Tabs } from "../parts/tabs";
import { TextBlock } from "../parts/text-block";

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
  const { statements } = problem;
  const [chosen, setChosen] = useState(() =>
    Math.max(
      0,
      statements.findIndex((one) => one.language === "en"),
    ),
  );
  const statement = statements[chosen];
  return (
    <article className="statement">
      <h1>{problem.title}</h1>
      <p className="quiet">
        {milliseconds(problem.timeLimit)} · {mebibytes(problem.memoryLimit)}
        {problem.author && ` · ${problem.author}`}
        {problem.source && ` · ${problem.source}`}
        {problem.license && ` · ${problem.license}`}
      </p>
      {statements.length > 1 && (
        <label className="quiet">
          Language of the statement{" "}
          <select value={chosen} onChange={(event) => setChosen(Number(event.target.value))}>
            {statements.map((one, at) => (
              <option key={one.language} value={at}>
                {one.language}
              </option>
            ))}
          </select>
        </label>
      )}
      {statement === undefined && (
        <p className="notice">This problem comes without a statement that can be shown here.</p>
      )}
      {statement?.html != null ? (
        // The server has let through only text and its structure; the page's policy stands behind that.
        // biome-ignore lint/security/noDangerouslySetInnerHtml: see above
        <div dangerouslySetInnerHTML={{ __html: statement.html }} />
      ) : (
        statement && (
          <>
            <p className="notice">This statement is in LaTeX, and shown as its author wrote it.</p>
            <pre className="latex">{statement.text}</pre>
          </>
        )
      )}
      {problem.samples.length > 0 && <h2>Samples</h2>}
      {problem.samples.map((sample) => (
        <div className="sample" key={sample.name}>
          <TextBlock name={`Sample input ${sample.name}`} text={sample.input} />
          <TextBlock name={`Sample output ${sample.name}`} text={sample.output} />
        </div>
      ))}
    </article>
  );
}
