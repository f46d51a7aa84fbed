import { useEffect } from "react";
import { api } from "../api/client";
import { Link } from "../parts/link";
import { Loaded, useLoaded } from "../parts/loaded";
import { prepare } from "../workbench/executor";
import { lastLanguage, Workbench } from "../workbench/workbench";

export default function ProblemPage({ id }: { id: string }) {
  const [loading, again] = useLoaded(id, async () => {
    const [problem, languages] = await Promise.all([api.problem(id), api.languages()]);
    return { problem, languages };
  });
  // While the problem is on its way.
  useEffect(() => prepare(lastLanguage() ?? "python"), []);
  useEffect(() => {
    if (loading.state === "here") document.title = `${loading.value.problem.title} · Let'sCode`;
  }, [loading]);
  if (loading.state === "here") {
    return <Workbench problem={loading.value.problem} languages={loading.value.languages} />;
  }
  return (
    <div className="page">
      <p>
        <Link to="/">← Problems</Link>
      </p>
      <Loaded loading={loading} again={again}>
        {() => null}
      </Loaded>
    </div>
  );
}
