import { useEffect, useState } from "react";
import { api, explain, type SubmissionSummary } from "../api/client";
import { userId } from "../api/person";
import { listen } from "../stream/live";
import { mebibytes, milliseconds, moment } from "./figures";
import { Link } from "./link";
import { VerdictBadge } from "./verdict";

interface SubmissionListProps {
  problemId?: string;
  onReuse?(code: string, language: string): void;
}

/** Newest first; more on request. What is being judged changes by itself. */
export function SubmissionList({ problemId, onReuse }: SubmissionListProps) {
  const [known, setKnown] = useState<SubmissionSummary[]>();
  const [cursor, setCursor] = useState<string | null>(null);
  const [error, setError] = useState<string>();
  const [round, setRound] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each round asks again
  useEffect(() => {
    let wanted = true;
    api.submissions(userId, problemId).then(
      (page) => {
        if (!wanted) return;
        setKnown(page.submissions);
        setCursor(page.nextCursor);
        setError(undefined);
      },
      (reason: unknown) => wanted && setError(explain(reason)),
    );
    return () => {
      wanted = false;
    };
  }, [problemId, round]);

  useEffect(
    () =>
      listen({
        onMessage: (message) => {
          const isNews =
            message.type === "status_update" && (message.data.verdict || message.data.status === "Queued");
          if (isNews) setRound((before) => before + 1);
        },
        onLookUp: () => setRound((before) => before + 1),
      }),
    [],
  );

  const more = async () => {
    try {
      const page = await api.submissions(userId, problemId, cursor);
      setKnown((before) => [...(before ?? []), ...page.submissions]);
      setCursor(page.nextCursor);
    } catch (reason) {
      setError(explain(reason));
    }
  };
  const reuse = async (submission: SubmissionSummary) => {
    try {
      const { code, language } = await api.source(submission.id, userId);
      onReuse?.(code, language);
    } catch (reason) {
      setError(explain(reason));
    }
  };
  return (
    <div className="submission-list">
      {error && (
        <p className="notice notice-bad" role="alert">
          {error}
        </p>
      )}
      {known === undefined && !error && <p className="quiet">Loading…</p>}
      {known?.length === 0 && <p className="notice">Nothing submitted yet.</p>}
      {known && known.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Verdict</th>
              {!problemId && <th scope="col">Problem</th>}
              <th scope="col">Language</th>
              <th scope="col" className="wide">
                Time, memory
              </th>
              <th scope="col">When</th>
              {onReuse && <th scope="col">Code</th>}
            </tr>
          </thead>
          <tbody>
            {known.map((submission) => (
              <tr key={submission.id}>
                <td>
                  <Link to={`/submissions/${submission.id}`}>
                    {submission.verdict ? (
                      <VerdictBadge verdict={submission.verdict.status} />
                    ) : (
                      submission.status
                    )}
                  </Link>
                </td>
                {!problemId && (
                  <td>
                    <Link to={`/problems/${encodeURIComponent(submission.problemId)}`}>
                      {submission.problemId}
                    </Link>
                  </td>
                )}
                <td>{submission.language}</td>
                <td className="figures wide">
                  {submission.verdict && submission.verdict.status !== "Compilation Error"
                    ? `${milliseconds(submission.verdict.maxTime)}, ${mebibytes(submission.verdict.maxMemory)}`
                    : ""}
                </td>
                <td className="figures">{moment(submission.createdAt)}</td>
                {onReuse && (
                  <td>
                    <button type="button" className="plain" onClick={() => reuse(submission)}>
                      Load
                    </button>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {cursor && (
        <button type="button" onClick={more}>
          Older ones
        </button>
      )}
    </div>
  );
}
