import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { queries } from "../api/queries";
import { Link } from "../parts/link";
import { QueryView } from "../parts/query-view";
import { prepare } from "../workbench/executor";
import { lastLanguage, Workbench } from "../workbench/workbench";

export default function ProblemPage({ id }: { id: string }) {
  const problem = useQuery(queries.problem(id));
  const languages = useQuery(queries.languages());
  // Starts the language while the problem is being loaded.
  useEffect(() => prepare(lastLanguage() ?? "python"), []);
  const title = problem.data?.title;
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · Let'sCode`;
  }, [title]);
  if (problem.data && languages.data) return <Workbench problem={problem.data} languages={languages.data} />;
  const both = {
    data: undefined,
    error: problem.error ?? languages.error,
    refetch: () => Promise.all([problem.refetch(), languages.refetch()]),
  };
  return (
    <div className="page">
      <p>
        <Link to="/">← Problems</Link>
      </p>
      <QueryView query={both}>{() => null}</QueryView>
    </div>
  );
}
