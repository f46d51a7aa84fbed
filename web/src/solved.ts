/** Problems that the user has solved or tried: loaded from the server, and stored for the next visit. */
import { api, type SubmissionSummary } from "./api/client";
import { isSolved } from "./points";
import { onOwnerChange, ownKey, read, storageOwner, write } from "./storage";
import { Store } from "./store";

type ProblemMark = "solved" | "tried";
type ProblemMarks = ReadonlyMap<string, ProblemMark>;

export const problemMarks = new Store<ProblemMarks>(storedMarks());

function storedMarks(): ProblemMarks {
  try {
    return new Map(JSON.parse(read(ownKey("marks")) ?? "[]"));
  } catch {
    return new Map();
  }
}

onOwnerChange({ enter: () => problemMarks.set(storedMarks()) });

export function recordMark(problemId: string, hasSolved: boolean): void {
  const current = problemMarks.get().get(problemId);
  if (current === "solved" || (current === "tried" && !hasSolved)) return;
  const next = new Map(problemMarks.get()).set(problemId, hasSolved ? "solved" : "tried");
  write(ownKey("marks"), JSON.stringify([...next]));
  problemMarks.set(next);
}

const hasSolved = ({ verdict, isCustomTest }: SubmissionSummary) =>
  !!verdict && isSolved(verdict) && !isCustomTest;

/** Number of pages to load; marks of older submissions are only in this browser. */
const MAX_PAGES = 5;

export async function refreshMarks(): Promise<void> {
  const owner = storageOwner();
  let cursor: string | null | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const list = await api.submissions(undefined, cursor);
    // Somebody else may have logged in meanwhile.
    if (storageOwner() !== owner) return;
    for (const submission of list.submissions) recordMark(submission.problemId, hasSolved(submission));
    cursor = list.nextCursor;
    if (!cursor) return;
  }
}
