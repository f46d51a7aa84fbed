/**
 * Tells the server what may be submitted soon: which language, so that cells for it wait, and once the person
 * pauses what is written, so that it is compiled already. Nothing depends on it, so nothing is said when it fails.
 */
import { useEffect, useRef } from "react";
import { api } from "../api/client";
import { userId } from "../api/user";
import { templateOf } from "../editor/templates";
import { settings } from "../settings";
import { useStore } from "../store";

export const PAUSE_MS = 1_000;
/** More is not taken. */
const MAX_DRAFT_BYTES = 64 << 10;
const COMPILED = ["cpp", "rust"];

export function isWorthCompiling(language: string, code: string): boolean {
  if (!COMPILED.includes(language) || code.trim() === "" || code === templateOf(language)) return false;
  // Each character is at least a byte: a paste of megabytes is not encoded only to be counted.
  return code.length <= MAX_DRAFT_BYTES && new TextEncoder().encode(code).length <= MAX_DRAFT_BYTES;
}

export function useHints(problemId: string, language: string, code: string): void {
  const { compileAhead } = useStore(settings);
  const sent = useRef("");
  const isTaken = useRef(true);

  useEffect(() => {
    api.hint({ language, userId }).catch(() => undefined);
  }, [language]);

  useEffect(() => {
    if (!compileAhead) return;
    const timer = setTimeout(() => {
      const isNews = sent.current !== `${language}:${code}`;
      if (!isTaken.current || !isNews || document.hidden || !isWorthCompiling(language, code)) return;
      sent.current = `${language}:${code}`;
      api.hint({ language, userId, draft: { problemId, code } }).then(
        (answer) => {
          isTaken.current = answer.compilesDrafts;
        },
        () => undefined,
      );
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [problemId, language, code, compileAhead]);
}
