import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Submission } from "../api/client";
import { queries } from "../api/queries";
import { formatDateTime, formatMebibytes, formatMilliseconds } from "../parts/format";
import { Judgement } from "../parts/judgement";
import { Link } from "../parts/link";
import { QueryView } from "../parts/query-view";
import { TextBlock } from "../parts/text-block";
import { onServerEvent } from "../stream/live";
import { applyMessage, applySubmission, initialProgress, type JudgingProgress } from "../stream/progress";

export default function SubmissionPage({ id }: { id: string }) {
  const query = useQuery(queries.submission(id));
  return (
    <div className="page">
      <p>
        <Link to="/submissions">← Your submissions</Link>
      </p>
      <QueryView query={query}>
        {(submission) => <SubmissionDetails submission={submission} refetch={query.refetch} />}
      </QueryView>
    </div>
  );
}

interface SubmissionDetailsProps {
  submission: Submission;
  refetch(): unknown;
}

function SubmissionDetails({ submission, refetch }: SubmissionDetailsProps) {
  const { id, problemId, language, createdAt } = submission;
  const [progress, setProgress] = useState<JudgingProgress>(() =>
    applySubmission(initialProgress(id), submission),
  );
  const source = useQuery(queries.source(id));
  useEffect(() => setProgress((before) => applySubmission(before, submission)), [submission]);
  useEffect(
    () =>
      onServerEvent({
        onMessage: (message) => setProgress((before) => applyMessage(before, message)),
        onRefetch: () => void refetch(),
      }),
    [refetch],
  );
  return (
    <>
      <h1>
        <Link to={`/problems/${encodeURIComponent(problemId)}`}>{problemId}</Link>
      </h1>
      <p className="quiet">
        {language} · {formatDateTime(createdAt)}
      </p>
      <Judgement progress={progress} />
      {progress.results.length > 0 && <ResultTable results={progress.results} />}
      <h2>Code</h2>
      <QueryView query={source}>{({ code }) => <TextBlock name="Code" text={code} />}</QueryView>
    </>
  );
}

function ResultTable({ results }: { results: JudgingProgress["results"] }) {
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
              <td className="figures">{formatMilliseconds(result.executionTime)}</td>
              <td className="figures">{formatMebibytes(result.memoryUsed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
