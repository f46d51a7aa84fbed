import { useRef } from "react";
import type { Language } from "../api/client";
import { SettingsDialog } from "../parts/settings-dialog";
import { Shortcuts } from "../parts/shortcuts";
import type { Draft, SaveStatus } from "./use-draft";

interface ToolbarProps {
  languages: Language[];
  onLanguage(language: string): void;
  draft: Draft;
  isRunning: boolean;
  isSending: boolean;
  onRun(): void;
  onStop(): void;
  onSubmit(): void;
}

const SAVE_STATUS: Record<SaveStatus, string> = {
  saved: "Draft saved",
  pending: "…",
  too_large: "Too large: code of more than 1 MiB is neither saved nor judged",
  not_saved: "Not saved: this browser stores no drafts",
};

export function Toolbar(props: ToolbarProps) {
  const { languages, onLanguage, draft, isRunning, isSending, onRun, onStop, onSubmit } = props;
  const shortcuts = useRef<HTMLDialogElement>(null);
  const settings = useRef<HTMLDialogElement>(null);
  return (
    <>
      <div className="toolbar">
        <label>
          <span className="hidden">Language</span>
          <select value={draft.language} onChange={(event) => onLanguage(event.target.value)}>
            {languages.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="button" className="plain" onClick={draft.reset} title="Start again from the template">
          Reset
        </button>
        <button
          type="button"
          className="plain"
          onClick={() => shortcuts.current?.showModal()}
          aria-label="Keyboard shortcuts"
        >
          ?
        </button>
        <button
          type="button"
          className="plain"
          onClick={() => settings.current?.showModal()}
          aria-label="Settings"
          title="Settings"
        >
          ⚙
        </button>
        <span className={`save-status save-status-${draft.saveStatus}`}>{SAVE_STATUS[draft.saveStatus]}</span>
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
        {draft.changedElsewhere && (
          <p className="notice" role="status">
            <span>This draft was changed in another tab.</span>
            <button type="button" onClick={draft.loadFromStorage}>
              Use that version
            </button>
          </p>
        )}
        {draft.replaced !== undefined && (
          <p className="notice" role="status">
            <span>Your draft was replaced.</span>
            <button type="button" onClick={draft.restore}>
              Restore it
            </button>
            <button type="button" className="plain" onClick={draft.dismissReplaced}>
              Dismiss
            </button>
          </p>
        )}
      </div>
      <Shortcuts ref={shortcuts} />
      <SettingsDialog ref={settings} />
    </>
  );
}
