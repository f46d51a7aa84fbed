/** One draft for each problem and language, kept in the browser. */
import { forget, read, write } from "../storage";
import { templateOf } from "./templates";

const key = (problemId: string, language: string) => `draft:${problemId}:${language}`;

/** More than the server takes is not kept either: the browser's room is for all problems together. */
export const MAX_DRAFT_CHARACTERS = 1 << 20;

export function loadDraft(problemId: string, language: string): string {
  return read(key(problemId, language)) ?? templateOf(language);
}

/** Whether it was kept. */
export function saveDraft(problemId: string, language: string, code: string): boolean {
  if (code === templateOf(language)) {
    forget(key(problemId, language));
    return true;
  }
  return code.length <= MAX_DRAFT_CHARACTERS && write(key(problemId, language), code);
}

export function forgetDraft(problemId: string, language: string): void {
  forget(key(problemId, language));
}
