import { useEffect, useRef } from "react";
import { settings } from "../settings";
import { useStore } from "../store";
import { theme } from "../theme";
import type { LoadedText } from "./drafts";
import type { EditorProps } from "./editor";
import { LanguageModels, MARKER_OWNER } from "./language-models";
import { type CodeEditor, monaco } from "./monaco";

/** Longer lines are not coloured; the editor stays usable. */
const MAX_TOKENIZED_LINE = 20_000;

export default function MonacoEditor(props: EditorProps) {
  const { loaded, diagnostics } = props;
  const container = useRef<HTMLDivElement>(null);
  const editor = useRef<CodeEditor | undefined>(undefined);
  const models = useRef<LanguageModels | undefined>(undefined);
  /** The text that the editor has taken over last. */
  const taken = useRef<LoadedText | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const currentTheme = useStore(theme);
  const { fontSize, wrap, keys } = useStore(settings);
  const status = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!container.current) return;
    const created = monaco.editor.create(container.current, {
      model: null,
      ariaLabel: "Code. Press Escape, then Tab, to leave the editor.",
      automaticLayout: true,
      bracketPairColorization: { enabled: true },
      fixedOverflowWidgets: true,
      fontFamily: '"JetBrains Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace',
      maxTokenizationLineLength: MAX_TOKENIZED_LINE,
      minimap: { enabled: false },
      padding: { top: 12, bottom: 12 },
      // The dimmed style has too little contrast.
      renderFinalNewline: "on",
      scrollBeyondLastLine: false,
      smoothScrolling: false,
      stickyScroll: { enabled: false },
      tabSize: 4,
      unicodeHighlight: { ambiguousCharacters: true, invisibleCharacters: true },
    });
    editor.current = created;
    models.current = new LanguageModels(created);
    // The draft may have been edited in the plain editor while this one was being loaded.
    models.current.show({ language: latest.current.loaded.language, code: latest.current.code });
    taken.current = latest.current.loaded;
    created.onDidChangeModelContent(() => latest.current.onChange(created.getValue()));
    const { KeyMod, KeyCode } = monaco;
    created.addCommand(KeyMod.CtrlCmd | KeyCode.Enter, () => latest.current.onRun());
    created.addCommand(KeyMod.CtrlCmd | KeyMod.Shift | KeyCode.Enter, () => latest.current.onSubmit());
    created.addCommand(KeyMod.CtrlCmd | KeyCode.KeyS, () => latest.current.onSave());
    // Tab inserts a tab until Escape is pressed; the next Tab then leaves the editor.
    created.addCommand(
      KeyCode.Escape,
      () => created.updateOptions({ tabFocusMode: true }),
      "!suggestWidgetVisible && !findWidgetVisible && !inSnippetMode && !hasMultipleSelections && !parameterHintsVisible",
    );
    created.onDidFocusEditorText(() => {
      if (settings.get().keys !== "vim") created.updateOptions({ tabFocusMode: false });
    });
    return () => {
      models.current?.dispose();
      created.dispose();
      editor.current = undefined;
      models.current = undefined;
    };
  }, []);

  useEffect(() => {
    if (taken.current === loaded) return;
    taken.current = loaded;
    models.current?.show(loaded);
  }, [loaded]);

  useEffect(() => {
    const model = editor.current?.getModel();
    if (!model) return;
    const marks = diagnostics.map(({ line, column, severity, text }) => {
      const lineNumber = Math.min(line, model.getLineCount());
      const word = model.getWordAtPosition({
        lineNumber,
        column: Math.min(column, model.getLineMaxColumn(lineNumber)),
      });
      return {
        severity: severity === "error" ? monaco.MarkerSeverity.Error : monaco.MarkerSeverity.Warning,
        message: text,
        startLineNumber: lineNumber,
        startColumn: word?.startColumn ?? column,
        endLineNumber: lineNumber,
        endColumn: word?.endColumn ?? Math.max(column + 1, model.getLineMaxColumn(lineNumber)),
      };
    });
    monaco.editor.setModelMarkers(model, MARKER_OWNER, marks);
    const [first] = marks;
    if (first) editor.current?.revealLineInCenterIfOutsideViewport(first.startLineNumber);
  }, [diagnostics]);

  useEffect(() => {
    const lineHeight = Math.round(fontSize * 1.5);
    editor.current?.updateOptions({ fontSize, lineHeight, wordWrap: wrap ? "on" : "off" });
  }, [fontSize, wrap]);

  useEffect(() => {
    if (keys !== "vim") return;
    let stopVim: (() => void) | undefined;
    let isCancelled = false;
    // If Vim can't be loaded, the standard keys stay in place.
    import("./vim").then(
      ({ startVim }) => {
        if (isCancelled || !editor.current || !status.current) return;
        stopVim = startVim(editor.current, status.current, () => latest.current.onSave());
      },
      () => undefined,
    );
    return () => {
      isCancelled = true;
      stopVim?.();
    };
  }, [keys]);

  useEffect(() => {
    monaco.editor.setTheme(currentTheme === "dark" ? "letscode-dark" : "letscode-light");
  }, [currentTheme]);

  return (
    <>
      <div className="code-editor" ref={container} data-language={loaded.language} />
      <div className="editor-status" ref={status} />
    </>
  );
}
