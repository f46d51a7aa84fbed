import { lazy, Suspense } from "react";
import type { Complaint } from "./compiler-messages";
import { PlainEditor } from "./plain-editor";

const CodeEditor = lazy(() => import("./code-editor"));

export interface EditorProps {
  language: string;
  code: string;
  version: number;
  complaints: Complaint[];
  onChange(code: string): void;
  onRun(): void;
  onSubmit(): void;
  onKeep(): void;
}

/** Monaco says of itself that it is not made for phones: there a plain text field does better. */
const isSmall = () => matchMedia("(max-width: 48rem), (pointer: coarse)").matches;

export function Editor(props: EditorProps) {
  if (isSmall()) return <PlainEditor {...props} />;
  return (
    <Suspense fallback={<PlainEditor {...props} loading />}>
      <CodeEditor {...props} />
    </Suspense>
  );
}
