import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { RequireAccount } from "../account/require-account";
import { useAccount, useMayWork } from "../account/session";
import type { Submission } from "../api/client";
import { queries } from "../api/queries";
import { formatDateTime, formatMebibytes, formatMilliseconds } from "../parts/format";
import { Judgement } from "../parts/judgement";
import { Link } from "../parts/link";
import { QueryView } from "../parts/query-view";
import { ShareLinks } from "../parts/share-links";
import { TextBlock } from "../parts/text-block";
import { onServerEvent } from "../stream/live";
import { applyMessage, applySubmission, initialProgress, type JudgingProgress } from "../stream/progress";

/** Interval between two requests about a submission that is being judged, for those without a stream. */
const LINK_REFRESH_MS = 3_000;

/** One submission: the user's own, or somebody else's by a link. */
export default function SubmissionPage({ id }: { id: string }) {
  const [link] = useState(() => new URLSearchParams(location.search).get("link") ?? undefined);
  const mayWork = useMayWork();
  if (link === undefined && !mayWork) {
    return (
      <div className="page">
        <RequireAccount what="submissions">{null}</RequireAccount>
      </div>
    );
  }
  return <LoadedSubmission id={id} link={link} />;
}

function LoadedSubmission({ id, link }: { id: string; link?: string }) {
  const query = useQuery({
    ...queries.submission(id, link),
    refetchInterval: ({ state }) => (link && state.data && !isOver(state.data) ? LINK_REFRESH_MS : false),
  });
  return (
    <div className="page">
      <p>{link ? <Link to="/">← Problems</Link> : <Link to="/submissions">← Your submissions</Link>}</p>
      <QueryView query={query}>
        {(submission) => <SubmissionDetails submission={submission} link={link} refetch={query.refetch} />}
      </QueryView>
    </div>
  );
}

const isOver = ({ status }: Submission) => ["Completed", "Failed", "Cancelled"].includes(status);

interface SubmissionDetailsProps {
  submission: Submission;
  link?: string;
  refetch(): unknown;
}

function SubmissionDetails({ submission, link, refetch }: SubmissionDetailsProps) {
  const { id, problemId, language, createdAt } = submission;
  const [progress, setProgress] = useState<JudgingProgress>(() =>
    applySubmission(initialProgress(id), submission),
  );
  const source = useQuery(queries.source(id, link));
  const account = useAccount();
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
      {account?.id === submission.userId && <ShareLinks id={id} />}
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
