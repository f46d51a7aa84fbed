import { useCallback, useEffect, useRef, useState } from "react";
import { forgetDraft, loadDraft, MAX_DRAFT_CHARACTERS, saveDraft } from "../editor/drafts";
import { templateOf } from "../editor/templates";

const SAVE_AFTER_MS = 300;

export type Keeping = "kept" | "pending" | "too_large" | "not_kept";

export interface Draft {
  code: string;
  /** Changes when the text came from elsewhere than the editor, which must then take it over. */
  version: number;
  keeping: Keeping;
  /** Another tab has written another draft meanwhile. */
  elsewhere: boolean;
  edit(code: string): void;
  replace(code: string): void;
  reset(): void;
  keepNow(): void;
  takeOther(): void;
}

/** The draft for a problem and a language. Kept in the browser while it is written. */
export function useDraft(problemId: string, language: string): Draft {
  const key = `${problemId}:${language}`;
  const [code, setCode] = useState(() => loadDraft(problemId, language));
  const [version, setVersion] = useState(0);
  const [keeping, setKeeping] = useState<Keeping>("kept");
  const [elsewhere, setElsewhere] = useState(false);
  const shown = useRef(key);
  const pending = useRef<(() => void) | undefined>(undefined);
  const timer = useRef<number | undefined>(undefined);

  const flush = useCallback(() => {
    clearTimeout(timer.current);
    pending.current?.();
    pending.current = undefined;
  }, []);

  if (shown.current !== key) {
    flush();
    shown.current = key;
    setCode(loadDraft(problemId, language));
    setVersion(version + 1);
    setElsewhere(false);
  }

  useEffect(() => {
    const onHide = () => flush();
    const onStorage = (event: StorageEvent) => {
      if (event.key?.endsWith(`draft:${key}`)) setElsewhere(true);
    };
    addEventListener("pagehide", onHide);
    addEventListener("storage", onStorage);
    return () => {
      removeEventListener("pagehide", onHide);
      removeEventListener("storage", onStorage);
      flush();
    };
  }, [key, flush]);

  const edit = useCallback(
    (next: string) => {
      setCode(next);
      setKeeping("pending");
      clearTimeout(timer.current);
      pending.current = () => {
        const kept = saveDraft(problemId, language, next);
        setKeeping(kept ? "kept" : next.length > MAX_DRAFT_CHARACTERS ? "too_large" : "not_kept");
      };
      timer.current = window.setTimeout(flush, SAVE_AFTER_MS);
    },
    [problemId, language, flush],
  );
  const replace = useCallback(
    (next: string) => {
      edit(next);
      setVersion((before) => before + 1);
    },
    [edit],
  );
  const reset = useCallback(() => {
    replace(templateOf(language));
    forgetDraft(problemId, language);
  }, [replace, problemId, language]);
  const takeOther = useCallback(() => {
    setCode(loadDraft(problemId, language));
    setVersion((before) => before + 1);
    setElsewhere(false);
  }, [problemId, language]);
  return { code, version, keeping, elsewhere, edit, replace, reset, keepNow: flush, takeOther };
}
