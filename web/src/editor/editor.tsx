import { lazy, Suspense } from "react";
import type { Diagnostic } from "./diagnostics";
import type { LoadedText } from "./drafts";
import { PlainEditor } from "./plain-editor";

const CodeEditor = lazy(() => import("./code-editor"));

export interface EditorProps {
  code: string;
  /** Text that the editor takes over whenever this is a new object. */
  loaded: LoadedText;
  diagnostics: Diagnostic[];
  onChange(code: string): void;
  onRun(): void;
  onSubmit(): void;
  onSave(): void;
}

/** True for phones and touch screens, which Monaco does not support. */
const needsPlainEditor = () => matchMedia("(max-width: 48rem), (pointer: coarse)").matches;

export function Editor(props: EditorProps) {
  if (needsPlainEditor()) return <PlainEditor {...props} />;
  return (
    <Suspense fallback={<PlainEditor {...props} loading />}>
      <CodeEditor {...props} />
    </Suspense>
  );
}
