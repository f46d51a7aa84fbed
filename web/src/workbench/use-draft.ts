import { useCallback, useEffect, useRef, useState } from "react";
import {
  deleteDraft,
  draftKey,
  type LoadedText,
  loadDraft,
  MAX_DRAFT_CHARACTERS,
  saveDraft,
} from "../editor/drafts";
import { templateOf } from "../languages";
import { isKeyOf, onOwnerChange } from "../storage";

const SAVE_AFTER_MS = 300;

export type SaveStatus = "saved" | "pending" | "too_large" | "not_saved";

export interface Draft {
  language: string;
  code: string;
  loaded: LoadedText;
  saveStatus: SaveStatus;
  /** True if another tab has saved another draft of this problem and language. */
  changedElsewhere: boolean;
  /** Draft that was replaced by a submission or by the template, until it is restored or dismissed. */
  replaced?: string;
  edit(code: string): void;
  /** Shows the draft of another language. */
  switchLanguage(language: string): void;
  /** Replaces the draft of a language by `code`, and shows it. Drafts of other languages are untouched. */
  replace(language: string, code: string): void;
  reset(): void;
  restore(): void;
  dismissReplaced(): void;
  saveNow(): void;
  loadFromStorage(): void;
}

/** The drafts of one problem, one for each language. The one on screen is saved while it is edited. */
export function useDraft(problemId: string, initialLanguage: string): Draft {
  const [loaded, setLoaded] = useState<LoadedText>(() => ({
    language: initialLanguage,
    code: loadDraft(problemId, initialLanguage),
  }));
  const [code, setCode] = useState(loaded.code);
  const [saveStatus, setSaveStatus] = useState<SaveStatus>("saved");
  const [changedElsewhere, setChangedElsewhere] = useState(false);
  const [replaced, setReplaced] = useState<string>();
  const { language } = loaded;
  const unsaved = useRef<(() => SaveStatus) | undefined>(undefined);
  const timer = useRef<number | undefined>(undefined);

  const saveNow = useCallback(() => {
    clearTimeout(timer.current);
    const save = unsaved.current;
    unsaved.current = undefined;
    if (save) setSaveStatus(save());
  }, []);

  useEffect(() => {
    const onStorage = (event: StorageEvent) => {
      if (isKeyOf(event, draftKey(problemId, language))) setChangedElsewhere(true);
    };
    addEventListener("pagehide", saveNow);
    addEventListener("storage", onStorage);
    return () => {
      removeEventListener("pagehide", saveNow);
      removeEventListener("storage", onStorage);
      saveNow();
    };
  }, [problemId, language, saveNow]);

  useEffect(
    () =>
      onOwnerChange({
        leave: saveNow,
        // After a log-in, the draft on screen counts, not one that the account had.
        enter: (isAdopting) => {
          if (isAdopting && code !== templateOf(language)) setSaveStatus(save(problemId, language, code));
        },
      }),
    [problemId, language, code, saveNow],
  );

  const edit = useCallback(
    (next: string) => {
      setCode(next);
      setSaveStatus("pending");
      clearTimeout(timer.current);
      unsaved.current = () => save(problemId, language, next);
      timer.current = window.setTimeout(saveNow, SAVE_AFTER_MS);
    },
    [problemId, language, saveNow],
  );
  const show = useCallback((text: LoadedText) => {
    setLoaded(text);
    setCode(text.code);
    setChangedElsewhere(false);
  }, []);
  const switchLanguage = useCallback(
    (next: string) => {
      saveNow();
      show({ language: next, code: loadDraft(problemId, next) });
      setSaveStatus("saved");
      setReplaced(undefined);
    },
    [problemId, saveNow, show],
  );
  const replace = useCallback(
    (target: string, next: string) => {
      saveNow();
      const previous = target === language ? code : loadDraft(problemId, target);
      setSaveStatus(save(problemId, target, next));
      show({ language: target, code: next, previous });
      setReplaced(previous === next || previous === templateOf(target) ? undefined : previous);
    },
    [problemId, language, code, saveNow, show],
  );
  const reset = useCallback(() => {
    replace(language, templateOf(language));
    deleteDraft(problemId, language);
  }, [replace, problemId, language]);
  const restore = useCallback(() => {
    if (replaced !== undefined) replace(language, replaced);
    setReplaced(undefined);
  }, [replace, language, replaced]);
  const dismissReplaced = useCallback(() => setReplaced(undefined), []);
  const loadFromStorage = useCallback(() => {
    clearTimeout(timer.current);
    unsaved.current = undefined;
    setSaveStatus("saved");
    show({ language, code: loadDraft(problemId, language), previous: code });
  }, [problemId, language, code, show]);
  return {
    language,
    code,
    loaded,
    saveStatus,
    changedElsewhere,
    replaced,
    edit,
    switchLanguage,
    replace,
    reset,
    restore,
    dismissReplaced,
    saveNow,
    loadFromStorage,
  };
}

function save(problemId: string, language: string, code: string): SaveStatus {
  if (saveDraft(problemId, language, code)) return "saved";
  return code.length > MAX_DRAFT_CHARACTERS ? "too_large" : "not_saved";
}
