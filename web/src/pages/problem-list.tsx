import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useMayWork } from "../account/session";
import type { ProblemSummary } from "../api/client";
import { queries } from "../api/queries";
import { formatMebibytes, formatMilliseconds, plural } from "../parts/format";
import { Link } from "../parts/link";
import { QueryView } from "../parts/query-view";
import { problemMarks, refreshMarks } from "../solved";
import { useStore } from "../store";

type StatusFilter = "all" | "open" | "solved";

export function ProblemList() {
  const query = useQuery(queries.problems());
  const mayWork = useMayWork();
  useEffect(() => {
    // If this fails, the marks stored in this browser are shown.
    if (mayWork) refreshMarks().catch(() => undefined);
  }, [mayWork]);
  return (
    <div className="page">
      <h1>Problems</h1>
      <QueryView query={query}>{(problems) => <FilteredProblems problems={problems} />}</QueryView>
    </div>
  );
}

function FilteredProblems({ problems }: { problems: ProblemSummary[] }) {
  const [search, setSearch] = useState("");
  const [statusFilter, setStatusFilter] = useState<StatusFilter>("all");
  const marks = useStore(problemMarks);
  const matches = useMemo(() => {
    const terms = search.toLowerCase().split(/\s+/).filter(Boolean);
    return problems.filter((problem) => {
      const text = [problem.title, problem.id, ...problem.keywords].join(" ").toLowerCase();
      const isSolved = marks.get(problem.id) === "solved";
      return (
        terms.every((term) => text.includes(term)) &&
        (statusFilter === "all" || isSolved === (statusFilter === "solved"))
      );
    });
  }, [problems, search, statusFilter, marks]);
  const solvedCount = problems.filter((problem) => marks.get(problem.id) === "solved").length;
  return (
    <>
      <div className="filters">
        <label>
          <span className="hidden">Filter by title or keyword</span>
          <input
            type="search"
            placeholder="Filter by title or keyword"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        </label>
        <label>
          <span className="hidden">Show</span>
          <select
            value={statusFilter}
            onChange={(event) => setStatusFilter(event.target.value as StatusFilter)}
          >
            <option value="all">All</option>
            <option value="open">Not solved</option>
            <option value="solved">Solved</option>
          </select>
        </label>
        <p className="quiet" role="status">
          {plural(matches.length, "problem")}, {solvedCount} of {problems.length} solved
        </p>
      </div>
      {matches.length === 0 ? (
        <p className="notice">
          {problems.length === 0 ? "There are no problems here yet." : "No problem matches."}
        </p>
      ) : (
        <ul className="problems">
          {matches.map((problem) => (
            <ProblemRow key={problem.id} problem={problem} mark={marks.get(problem.id)} />
          ))}
        </ul>
      )}
    </>
  );
}

function ProblemRow({ problem, mark }: { problem: ProblemSummary; mark?: "solved" | "tried" }) {
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
          {formatMilliseconds(problem.timeLimit)} · {formatMebibytes(problem.memoryLimit)} ·{" "}
          {plural(problem.totalTests, "test")}
        </span>
      </Link>
    </li>
  );
}
