import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { errorMessage, type SubmissionSummary } from "../api/client";
import { queries, queryClient } from "../api/queries";
import { onServerEvent } from "../stream/live";
import { formatDateTime, formatMebibytes, formatMilliseconds } from "./format";
import { Link } from "./link";
import { VerdictBadge } from "./verdict";

interface SubmissionListProps {
  problemId?: string;
  onLoad?(code: string, language: string): void;
}

/** Submissions of this user, newest first, page by page; follows those that are being judged. */
export function SubmissionList({ problemId, onLoad }: SubmissionListProps) {
  const query = useInfiniteQuery(queries.submissions(problemId));
  const { refetch } = query;
  const source = useMutation({
    networkMode: "always",
    mutationFn: ({ id }: SubmissionSummary) => queryClient.fetchQuery(queries.source(id)),
    onSuccess: ({ code, language }) => onLoad?.(code, language),
  });
  useEffect(
    () =>
      onServerEvent({
        onMessage: (message) => {
          if (message.type !== "status_update") return;
          if (message.data.verdict || message.data.status === "Queued") void refetch();
        },
        onRefetch: () => void refetch(),
      }),
    [refetch],
  );
  const submissions = query.data?.pages.flatMap((page) => page.submissions);
  const error = query.error ?? source.error;
  return (
    <div className="submission-list">
      {error && (
        <p className="notice notice-bad" role="alert">
          {errorMessage(error)}
        </p>
      )}
      {query.isLoading && <p className="quiet">Loading…</p>}
      {submissions?.length === 0 && <p className="notice">No submissions yet.</p>}
      {submissions && submissions.length > 0 && (
        <SubmissionTable
          submissions={submissions}
          showProblem={!problemId}
          onLoad={onLoad && ((submission) => source.mutate(submission))}
        />
      )}
      {query.hasNextPage && (
        <button type="button" onClick={() => query.fetchNextPage()}>
          Older submissions
        </button>
      )}
    </div>
  );
}

interface SubmissionTableProps {
  submissions: SubmissionSummary[];
  showProblem: boolean;
  onLoad?(submission: SubmissionSummary): void;
}

function SubmissionTable({ submissions, showProblem, onLoad }: SubmissionTableProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Verdict</th>
          {showProblem && <th scope="col">Problem</th>}
          <th scope="col">Language</th>
          <th scope="col" className="wide">
            Time, memory
          </th>
          <th scope="col">Submitted</th>
          {onLoad && <th scope="col">Code</th>}
        </tr>
      </thead>
      <tbody>
        {submissions.map((submission) => (
          <SubmissionRow
            key={submission.id}
            submission={submission}
            showProblem={showProblem}
            onLoad={onLoad}
          />
        ))}
      </tbody>
    </table>
  );
}

interface SubmissionRowProps extends Omit<SubmissionTableProps, "submissions"> {
  submission: SubmissionSummary;
}

function SubmissionRow({ submission, showProblem, onLoad }: SubmissionRowProps) {
  const { id, problemId, language, verdict, status, createdAt } = submission;
  return (
    <tr>
      <td>
        <Link to={`/submissions/${id}`}>{verdict ? <VerdictBadge verdict={verdict} /> : status}</Link>
      </td>
      {showProblem && (
        <td>
          <Link to={`/problems/${encodeURIComponent(problemId)}`}>{problemId}</Link>
        </td>
      )}
      <td>{language}</td>
      <td className="figures wide">
        {verdict && verdict.status !== "Compilation Error"
          ? `${formatMilliseconds(verdict.maxTime)}, ${formatMebibytes(verdict.maxMemory)}`
          : ""}
      </td>
      <td className="figures">{formatDateTime(createdAt)}</td>
      {onLoad && (
        <td>
          <button type="button" className="plain" onClick={() => onLoad(submission)}>
            Load
          </button>
        </td>
      )}
    </tr>
  );
}
