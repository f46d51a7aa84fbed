import { useRef } from "react";
import type { Language } from "../api/client";
import { SettingsDialog } from "../parts/settings-dialog";
import { Shortcuts } from "../parts/shortcuts";
import type { Draft, Keeping } from "./use-draft";

interface ToolbarProps {
  languages: Language[];
  language: string;
  onLanguage(language: string): void;
  draft: Draft;
  isRunning: boolean;
  isSending: boolean;
  onRun(): void;
  onStop(): void;
  onSubmit(): void;
}

const KEEPING: Record<Keeping, string> = {
  kept: "Draft kept",
  pending: "…",
  too_large: "Too large: more than 1 MiB is neither kept nor judged",
  not_kept: "This browser keeps no drafts",
};

export function Toolbar(props: ToolbarProps) {
  const { languages, language, onLanguage, draft, isRunning, isSending, onRun, onStop, onSubmit } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const chosen = useRef<HTMLDialogElement>(null);
  return (
    <>
      <div className="toolbar">
        <label>
          <span className="hidden">Language</span>
          <select value={language} onChange={(event) => onLanguage(event.target.value)}>
            {languages.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          className="plain"
          onClick={draft.reset}
          title="Begin again from the template; undo brings the code back"
        >
          Reset
        </button>
        <button
          type="button"
          className="plain"
          onClick={() => dialog.current?.showModal()}
          aria-label="Keyboard shortcuts"
        >
          ?
        </button>
        <button
          type="button"
          className="plain"
          onClick={() => chosen.current?.showModal()}
          aria-label="Settings"
          title="Settings"
        >
          ⚙
        </button>
        <span className={`keeping keeping-${draft.keeping}`}>{KEEPING[draft.keeping]}</span>
        <span className="toolbar-end">
          {isRunning ? (
            <button type="button" onClick={onStop}>
              Stop
            </button>
          ) : (
            <button type="button" onClick={onRun} title="Ctrl+Enter" aria-keyshortcuts="Control+Enter">
              Run <kbd>Ctrl ↵</kbd>
            </button>
          )}
          <button
            type="button"
            className="primary"
            onClick={onSubmit}
            disabled={isSending}
            title="Ctrl+Shift+Enter"
            aria-keyshortcuts="Control+Shift+Enter"
          >
            Submit <kbd>Ctrl ⇧ ↵</kbd>
          </button>
        </span>
        {draft.elsewhere && (
          <p className="notice" role="status">
            <span>This draft was changed in another tab.</span>
            <button type="button" onClick={draft.takeOther}>
              Take that one
            </button>
          </p>
        )}
      </div>
      <Shortcuts ref={dialog} />
      <SettingsDialog ref={chosen} />
    </>
  );
}
