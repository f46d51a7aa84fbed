/** Where a submission stands, put together from events and from what was looked up. */
import type { Schemas, Submission } from "../api/client";
import type { StreamMessage } from "./stream";

export interface JudgingProgress {
  submissionId: string;
  status: Schemas["SubmissionStatus"];
  /** How many are ahead of it; only while it waits. */
  position?: number;
  results: Schemas["TestResult"][];
  verdict?: Schemas["VerdictSummary"];
  compilerOutput?: string;
  /** Whose word the verdict is. */
  verifiedBy?: Schemas["VerifiedBy"];
}

const ORDER = ["Queued", "Compiling", "Running", "Completed", "Failed"] as const;

export function isFinal(progress: JudgingProgress): boolean {
  return progress.status === "Completed" || progress.status === "Failed";
}

export function initialProgress(submissionId: string): JudgingProgress {
  return { submissionId, status: "Queued", results: [] };
}

/** Events about other submissions change nothing; neither do old ones. */
export function applyMessage(progress: JudgingProgress, message: StreamMessage): JudgingProgress {
  if (message.type === "queue_position") {
    const isOurs = message.data.submissionId === progress.submissionId;
    return isOurs && progress.status === "Queued"
      ? { ...progress, position: message.data.position }
      : progress;
  }
  if (message.type !== "status_update" || message.data.submissionId !== progress.submissionId)
    return progress;
  const { status, testResult, verdict } = message.data;
  return {
    ...progress,
    status: laterStatus(progress.status, status),
    position: status === "Queued" ? progress.position : undefined,
    results: testResult ? mergeResults(progress.results, [testResult]) : progress.results,
    verdict: verdict ?? progress.verdict,
  };
}

export function applySubmission(progress: JudgingProgress, submission: Submission): JudgingProgress {
  if (submission.id !== progress.submissionId) return progress;
  return {
    ...progress,
    status: laterStatus(progress.status, submission.status),
    results: mergeResults(progress.results, submission.testResults),
    verdict: submission.verdict ?? progress.verdict,
    compilerOutput: submission.compilerOutput,
    verifiedBy: submission.verifiedBy ?? undefined,
  };
}

function laterStatus(
  known: JudgingProgress["status"],
  heard: JudgingProgress["status"],
): JudgingProgress["status"] {
  return ORDER.indexOf(heard) >= ORDER.indexOf(known) ? heard : known;
}

function mergeResults(
  known: Schemas["TestResult"][],
  heard: Schemas["TestResult"][],
): Schemas["TestResult"][] {
  const byNumber = new Map([...known, ...heard].map((result) => [result.testCaseNumber, result]));
  return [...byNumber.values()].sort((a, b) => a.testCaseNumber - b.testCaseNumber);
}
