import { useEffect, useState } from "react";
import { api, type Submission } from "../api/client";
import { userId } from "../api/person";
import { mebibytes, milliseconds, moment } from "../parts/figures";
import { Judgement } from "../parts/judgement";
import { Link } from "../parts/link";
import { Loaded, useLoaded } from "../parts/loaded";
import { TextBlock } from "../parts/text-block";
import { listen } from "../stream/live";
import { advance, begun, lookedUp, type Progress } from "../stream/progress";

export default function SubmissionPage({ id }: { id: string }) {
  const [loading, again] = useLoaded(id, () => api.submission(id));
  return (
    <div className="page">
      <p>
        <Link to="/submissions">← Your submissions</Link>
      </p>
      <Loaded loading={loading} again={again}>
        {(submission) => <Shown submission={submission} again={again} />}
      </Loaded>
    </div>
  );
}

function Shown({ submission, again }: { submission: Submission; again: () => void }) {
  const { id, problemId, language, createdAt } = submission;
  const [progress, setProgress] = useState<Progress>(() => lookedUp(begun(id), submission));
  const [source, sourceAgain] = useLoaded(`source ${id}`, () => api.source(id, userId));
  useEffect(() => setProgress((before) => lookedUp(before, submission)), [submission]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `again` is made anew in each rendering
  useEffect(
    () =>
      listen({ onMessage: (message) => setProgress((before) => advance(before, message)), onLookUp: again }),
    [id],
  );
  return (
    <>
      <h1>
        <Link to={`/problems/${encodeURIComponent(problemId)}`}>{problemId}</Link>
      </h1>
      <p className="quiet">
        {language} · {moment(createdAt)}
      </p>
      <Judgement progress={progress} />
      {progress.results.length > 0 && <ResultTable results={progress.results} />}
      <h2>Code</h2>
      <Loaded loading={source} again={sourceAgain}>
        {({ code }) => <TextBlock name="Code" text={code} />}
      </Loaded>
    </>
  );
}

function ResultTable({ results }: { results: Progress["results"] }) {
  return (
    <details>
      <summary>All tests</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Test</th>
            <th scope="col">Verdict</th>
            <th scope="col">Time</th>
            <th scope="col">Memory</th>
          </tr>
        </thead>
        <tbody>
          {results.map((result) => (
            <tr key={result.testCaseNumber}>
              <td>
                {result.testCaseNumber}
                {result.isSample && " (sample)"}
              </td>
              <td>
                {result.verdict}
                {result.message && <span className="quiet"> {result.message}</span>}
              </td>
              <td className="figures">{milliseconds(result.executionTime)}</td>
              <td className="figures">{mebibytes(result.memoryUsed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
