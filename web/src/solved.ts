/** Which problems this person has solved: what the server says, remembered for a first look without it. */
import { api, type SubmissionSummary } from "./api/client";
import { userId } from "./api/user";
import { read, write } from "./storage";
import { Store } from "./store";

type Marks = ReadonlyMap<string, "solved" | "tried">;

export const problemMarks = new Store<Marks>(remembered());

function remembered(): Marks {
  try {
    return new Map(JSON.parse(read("marks") ?? "[]"));
  } catch {
    return new Map();
  }
}

export function recordMark(problemId: string, isAccepted: boolean): void {
  const known = problemMarks.get().get(problemId);
  if (known === "solved" || (known === "tried" && !isAccepted)) return;
  const next = new Map(problemMarks.get()).set(problemId, isAccepted ? "solved" : "tried");
  write("marks", JSON.stringify([...next]));
  problemMarks.set(next);
}

const isAccepted = (submission: SubmissionSummary) =>
  submission.verdict?.status === "Accepted" && !submission.isCustomTest;

/** Pages enough for whoever practises; older ones are remembered by this browser. */
const MAX_PAGES = 5;

export async function refreshMarks(): Promise<void> {
  let cursor: string | null | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await api.submissions(userId, undefined, cursor);
    for (const submission of answer.submissions) recordMark(submission.problemId, isAccepted(submission));
    cursor = answer.nextCursor;
    if (!cursor) return;
  }
}
