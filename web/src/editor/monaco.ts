/** Monaco with the syntaxes of `languages/`; loaded on demand. */
import * as monaco from "monaco-editor/editor";
import EditorWorker from "monaco-editor/editor/editor.worker?worker";
import "monaco-editor/features/register.all";
import { type LanguageCompletions, registerCompletion } from "./completion";

globalThis.MonacoEnvironment = { getWorker: () => new EditorWorker() };

monaco.editor.defineTheme("letscode-light", {
  base: "vs",
  inherit: true,
  rules: [],
  colors: { "editor.background": "#ffffff", "editor.lineHighlightBackground": "#f6f7f9" },
});
monaco.editor.defineTheme("letscode-dark", {
  base: "vs-dark",
  inherit: true,
  // Monaco's default colour has too little contrast.
  rules: [{ token: "regexp", foreground: "d98aa8" }],
  colors: { "editor.background": "#15181e", "editor.lineHighlightBackground": "#1c2028" },
});

/** Each file registers a syntax, named like the file, and exports its completions. */
const FILES = import.meta.glob<{ completions: LanguageCompletions }>("./languages/*.ts", { eager: true });
const files = Object.entries(FILES).map(
  ([path, { completions }]) => [path.replace(/^.*\/|\.ts$/g, ""), completions] as const,
);
registerCompletion(monaco, new Map(files));

export { monaco };
export type Monaco = typeof monaco;
export type CodeEditor = ReturnType<typeof monaco.editor.create>;
