/**
 * Hints to the server about the next submission: its language, so that cells are ready, and after a pause the
 * draft, so that it is compiled. Errors are ignored: nothing depends on hints.
 */
import { useEffect, useRef } from "react";
import { useMayWork } from "../account/session";
import { api } from "../api/client";
import { isCompiled, templateOf } from "../languages";
import { settings } from "../settings";
import { useStore } from "../store";

export const PAUSE_MS = 1_000;
/** Size limit of drafts in hints, the same as the server's. */
const MAX_DRAFT_BYTES = 64 << 10;

export function isWorthCompiling(language: string, code: string): boolean {
  if (!isCompiled(language) || code.trim() === "" || code === templateOf(language)) return false;
  // A character is at least one byte, so long drafts need not be encoded to be measured.
  return code.length <= MAX_DRAFT_BYTES && new TextEncoder().encode(code).length <= MAX_DRAFT_BYTES;
}

/** Sends hints while a draft is edited. */
export function useHints(problemId: string, language: string, code: string): void {
  const mayWork = useMayWork();
  const { compileAhead } = useStore(settings);
  const lastSent = useRef("");
  const acceptsDrafts = useRef(true);

  useEffect(() => {
    if (mayWork) api.hint({ language }).catch(() => undefined);
  }, [mayWork, language]);

  useEffect(() => {
    if (!mayWork || !compileAhead) return;
    const timer = setTimeout(() => {
      const isChanged = lastSent.current !== `${language}:${code}`;
      if (!acceptsDrafts.current || !isChanged || document.hidden || !isWorthCompiling(language, code))
        return;
      lastSent.current = `${language}:${code}`;
      api.hint({ language, draft: { problemId, code } }).then(
        (answer) => {
          acceptsDrafts.current = answer.compilesDrafts;
        },
        () => undefined,
      );
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [mayWork, problemId, language, code, compileAhead]);
}
