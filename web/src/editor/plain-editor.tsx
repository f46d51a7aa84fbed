import type { KeyboardEvent } from "react";
import { settings } from "../settings";
import { useStore } from "../store";
import type { EditorProps } from "./editor";

export function PlainEditor({
  code,
  diagnostics,
  onChange,
  onRun,
  onSubmit,
  onSave,
  loading,
}: EditorProps & { loading?: boolean }) {
  const { fontSize, wrap } = useStore(settings);
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (!event.ctrlKey && !event.metaKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (event.shiftKey) onSubmit();
      else onRun();
    } else if (event.key === "s") {
      event.preventDefault();
      onSave();
    }
  };
  return (
    <div className="plain-editor">
      <textarea
        aria-label={loading ? "Code (the editor is loading)" : "Code"}
        value={code}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        autoComplete="off"
        wrap={wrap ? "soft" : "off"}
        style={{ fontSize }}
      />
      {diagnostics.length > 0 && (
        <ul className="diagnostics">
          {diagnostics.slice(0, 5).map(({ line, column, text }) => (
            <li key={`${line}:${column}:${text}`}>
              Line {line}: {text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
