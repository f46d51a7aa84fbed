import { useEffect, useMemo, useState } from "react";
import { api, type ProblemSummary } from "../api/client";
import { mebibytes, milliseconds, plural } from "../parts/figures";
import { Link } from "../parts/link";
import { Loaded, useLoaded } from "../parts/loaded";
import { marks, refreshMarks } from "../solved";
import { useStore } from "../store";

type Show = "all" | "open" | "solved";

export function ProblemList() {
  const [loading, again] = useLoaded("problems", api.problems);
  useEffect(() => {
    // Without it the marks that this browser remembers are shown.
    refreshMarks().catch(() => undefined);
  }, []);
  return (
    <div className="page">
      <h1>Problems</h1>
      <Loaded loading={loading} again={again}>
        {(problems) => <Filtered problems={problems} />}
      </Loaded>
    </div>
  );
}

function Filtered({ problems }: { problems: ProblemSummary[] }) {
  const [words, setWords] = useState("");
  const [show, setShow] = useState<Show>("all");
  const known = useStore(marks);
  const found = useMemo(() => {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    return problems.filter((problem) => {
      const text = [problem.title, problem.id, ...problem.keywords].join(" ").toLowerCase();
      const isSolved = known.get(problem.id) === "solved";
      return (
        wanted.every((word) => text.includes(word)) && (show === "all" || isSolved === (show === "solved"))
      );
    });
  }, [problems, words, show, known]);
  const solved = problems.filter((problem) => known.get(problem.id) === "solved").length;
  return (
    <>
      <div className="filters">
        <label>
          <span className="hidden">Filter by title or keyword</span>
          <input
            type="search"
            placeholder="Filter by title or keyword"
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
        </label>
        <label>
          <span className="hidden">Show</span>
          <select value={show} onChange={(event) => setShow(event.target.value as Show)}>
            <option value="all">All</option>
            <option value="open">Not solved</option>
            <option value="solved">Solved</option>
          </select>
        </label>
        <p className="quiet" role="status">
          {plural(found.length, "problem")}, {solved} of {problems.length} solved
        </p>
      </div>
      {found.length === 0 ? (
        <p className="notice">
          {problems.length === 0 ? "There are no problems here yet." : "Nothing matches."}
        </p>
      ) : (
        <ul className="problems">
          {found.map((problem) => (
            <Line key={problem.id} problem={problem} mark={known.get(problem.id)} />
          ))}
        </ul>
      )}
    </>
  );
}

function Line({ problem, mark }: { problem: ProblemSummary; mark?: "solved" | "tried" }) {
  return (
    <li>
      <Link to={`/problems/${encodeURIComponent(problem.id)}`} className="problem-link">
        <span className={`mark mark-${mark ?? "none"}`} aria-hidden="true">
          {mark === "solved" ? "✓" : mark === "tried" ? "•" : ""}
        </span>
        <span className="problem-title">
          {problem.title}
          {mark && <span className="hidden"> ({mark})</span>}
        </span>
        <span className="keywords">
          {problem.keywords.slice(0, 4).map((keyword) => (
            <span key={keyword} className="keyword">
              {keyword}
            </span>
          ))}
        </span>
        <span className="quiet figures">
          {milliseconds(problem.timeLimit)} · {mebibytes(problem.memoryLimit)} ·{" "}
          {plural(problem.totalTests, "test")}
        </span>
      </Link>
    </li>
  );
}
