/** One draft for each problem and language, stored in the browser. */

import { templateOf } from "../languages";
import { onOwnerChange, ownKey, read, remove, write } from "../storage";

/** Returns the key of a draft of this user. */
export const draftKey = (problemId: string, language: string) => ownKey(`draft:${problemId}:${language}`);

/** Text that did not come from the editor, which has to take it over. A new object for each such text. */
export interface LoadedText {
  language: string;
  code: string;
  /** Text before the replacement, for the editor's undo. */
  previous?: string;
}

/** Size limit of a draft, the same as the server's: all problems share the browser's storage. */
export const MAX_DRAFT_CHARACTERS = 1 << 20;

/** Drafts that could not be stored. They last until the page is closed. */
const unstored = new Map<string, string>();
onOwnerChange({ enter: () => unstored.clear() });

export function loadDraft(problemId: string, language: string): string {
  const name = draftKey(problemId, language);
  return unstored.get(name) ?? read(name) ?? templateOf(language);
}

/** Returns true if the draft was stored. */
export function saveDraft(problemId: string, language: string, code: string): boolean {
  if (code === templateOf(language)) {
    deleteDraft(problemId, language);
    return true;
  }
  const name = draftKey(problemId, language);
  const isStored = code.length <= MAX_DRAFT_CHARACTERS && write(name, code);
  if (isStored) unstored.delete(name);
  else unstored.set(name, code);
  return isStored;
}

export function deleteDraft(problemId: string, language: string): void {
  unstored.delete(draftKey(problemId, language));
  remove(draftKey(problemId, language));
}
