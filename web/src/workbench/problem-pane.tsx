import { useEffect, useMemo, useRef, useState } from "react";
import { RequireAccount } from "../account/require-account";
import { useAccount } from "../account/session";
import type { Problem } from "../api/client";
import { queries, queryClient } from "../api/queries";
import { formatMebibytes, formatMilliseconds } from "../parts/format";
import { Link } from "../parts/link";
import { SubmissionList } from "../parts/submission-list";
import { Tabs } from "../parts/tabs";

interface ProblemPaneProps {
  problem: Problem;
  onLoad(code: string, language: string): void;
}

type ProblemTab = "statement" | "submissions";

export function ProblemPane({ problem, onLoad }: ProblemPaneProps) {
  const [tab, setTab] = useState<ProblemTab>("statement");
  return (
    <Tabs<ProblemTab>
      label="Problem"
      tabs={[
        { id: "statement", name: "Statement" },
        { id: "submissions", name: "Submissions" },
      ]}
      selected={tab}
      onSelect={setTab}
    >
      {tab === "statement" ? (
        <Statement problem={problem} />
      ) : (
        <RequireAccount what="your submissions">
          <SubmissionList problemId={problem.id} onLoad={onLoad} />
        </RequireAccount>
      )}
    </Tabs>
  );
}

function Statement({ problem }: { problem: Problem }) {
  const [shown, setShown] = useState(problem);
  const account = useAccount();
  const { statementHtml, statementLanguage, statementLanguages } = shown;
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = body.current;
    if (!element || !statementHtml.includes('class="math')) return;
    // If the library can't be loaded, formulas stay TeX.
    import("../parts/formulas").then(
      ({ typeset }) => typeset(element),
      () => undefined,
    );
  }, [statementHtml]);
  // A new object would make React write the statement again, without the typeset formulas.
  const html = useMemo(() => ({ __html: statementHtml }), [statementHtml]);
  return (
    <article className="statement">
      <p className="quiet">
        {formatMilliseconds(problem.timeLimit)} · {formatMebibytes(problem.memoryLimit)}
        {problem.author && ` · ${problem.author}`}
        {problem.source && ` · ${problem.source}`}
        {problem.license && ` · ${problem.license}`}
      </p>
      {account && account.role !== "user" && (
        <p>
          <Link to={`/problems/${encodeURIComponent(problem.id)}/submissions`}>All submissions</Link>
        </p>
      )}
      {statementLanguages.length > 1 && (
        <label className="quiet">
          Language of the statement{" "}
          <select
            value={statementLanguage ?? ""}
            onChange={(event) => {
              const translation = queries.problem(problem.id, event.target.value);
              // If this fails, the current statement stays on screen.
              queryClient.fetchQuery(translation).then(setShown, () => {});
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
      {/* The server removes everything but text and structure; the page's policy is a second barrier. */}
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: see above */}
      <div ref={body} dangerouslySetInnerHTML={html} />
    </article>
  );
}
