/** State of a submission, combined from events and from requests. */
import type { Schemas, Submission } from "../api/client";
import type { StreamMessage } from "./stream";

export interface JudgingProgress {
  submissionId: string;
  status: Schemas["SubmissionStatus"];
  /** Number of jobs ahead of it while it is queued. */
  position?: number;
  results: Schemas["TestResult"][];
  verdict?: Schemas["VerdictSummary"];
  compilerOutput?: string;
  /** Origin of the verdict: the server or the browser. */
  verifiedBy?: Schemas["VerifiedBy"];
}

const STATUS_ORDER = ["Queued", "Compiling", "Running", "Completed", "Failed", "Cancelled"] as const;

export function isFinal(progress: JudgingProgress): boolean {
  return ["Completed", "Failed", "Cancelled"].includes(progress.status);
}

export function initialProgress(submissionId: string): JudgingProgress {
  return { submissionId, status: "Queued", results: [] };
}

/** Applies an event. Events of other submissions and outdated ones change nothing. */
export function applyMessage(progress: JudgingProgress, message: StreamMessage): JudgingProgress {
  if (message.type === "queue_position") {
    const isThisSubmission = message.data.submissionId === progress.submissionId;
    return isThisSubmission && progress.status === "Queued"
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

/** Applies the answer of a request, which may be older than events that were applied. */
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
  current: JudgingProgress["status"],
  next: JudgingProgress["status"],
): JudgingProgress["status"] {
  return STATUS_ORDER.indexOf(next) >= STATUS_ORDER.indexOf(current) ? next : current;
}

function mergeResults(
  current: Schemas["TestResult"][],
  next: Schemas["TestResult"][],
): Schemas["TestResult"][] {
  const byNumber = new Map([...current, ...next].map((result) => [result.testCaseNumber, result]));
  return [...byNumber.values()].sort((a, b) => a.testCaseNumber - b.testCaseNumber);
}
