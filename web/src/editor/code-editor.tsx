import { useEffect, useRef } from "react";
import { settings } from "../settings";
import { useStore } from "../store";
import { theme } from "../theme";
import type { EditorProps } from "./editor";
import { monaco } from "./monaco";

type CodeEditor = ReturnType<typeof monaco.editor.create>;

/** Over this Monaco colours no lines, but stays usable. */
const MAX_TOKENIZED_LINE = 20_000;

export default function MonacoEditor(props: EditorProps) {
  const { language, code, version, complaints } = props;
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<CodeEditor | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const shownTheme = useStore(theme);
  const { fontSize, wrap, keys } = useStore(settings);
  const status = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!place.current) return;
    const created = monaco.editor.create(place.current, {
      value: latest.current.code,
      language: latest.current.language,
      ariaLabel: "Code. Press Escape, then Tab, to leave the editor.",
      automaticLayout: true,
      bracketPairColorization: { enabled: true },
      fixedOverflowWidgets: true,
      fontFamily: '"JetBrains Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace',
      maxTokenizationLineLength: MAX_TOKENIZED_LINE,
      minimap: { enabled: false },
      padding: { top: 12, bottom: 12 },
      // The dimmed one has too little contrast.
      renderFinalNewline: "on",
      scrollBeyondLastLine: false,
      smoothScrolling: false,
      stickyScroll: { enabled: false },
      tabSize: 4,
      unicodeHighlight: { ambiguousCharacters: true, invisibleCharacters: true },
    });
    editor.current = created;
    created.onDidChangeModelContent(() => latest.current.onChange(created.getValue()));
    const { KeyMod, KeyCode } = monaco;
    created.addCommand(KeyMod.CtrlCmd | KeyCode.Enter, () => latest.current.onRun());
    created.addCommand(KeyMod.CtrlCmd | KeyMod.Shift | KeyCode.Enter, () => latest.current.onSubmit());
    created.addCommand(KeyMod.CtrlCmd | KeyCode.KeyS, () => latest.current.onKeep());
    // Tab writes a tab until Escape is pressed; the next Tab then leaves the editor.
    created.addCommand(
      KeyCode.Escape,
      () => created.updateOptions({ tabFocusMode: true }),
      "!suggestWidgetVisible && !findWidgetVisible && !inSnippetMode && !hasMultipleSelections && !parameterHintsVisible",
    );
    created.onDidFocusEditorText(() => {
      if (settings.get().keys !== "vim") created.updateOptions({ tabFocusMode: false });
    });
    return () => {
      created.getModel()?.dispose();
      created.dispose();
      editor.current = undefined;
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is taken over only when it came from elsewhere
  useEffect(() => {
    const shown = editor.current;
    const model = shown?.getModel();
    if (!shown || !model) return;
    if (model.getLanguageId() !== language) monaco.editor.setModelLanguage(model, language);
    if (model.getValue() !== code) {
      shown.pushUndoStop();
      model.pushEditOperations([], [{ range: model.getFullModelRange(), text: code }], () => null);
      shown.pushUndoStop();
      shown.setScrollTop(0);
    }
  }, [language, version]);

  useEffect(() => {
    const model = editor.current?.getModel();
    if (!model) return;
    const marks = complaints.map(({ line, column, severity, text }) => {
      const at = Math.min(line, model.getLineCount());
      const word = model.getWordAtPosition({
        lineNumber: at,
        column: Math.min(column, model.getLineMaxColumn(at)),
      });
      return {
        severity: severity === "error" ? monaco.MarkerSeverity.Error : monaco.MarkerSeverity.Warning,
        message: text,
        startLineNumber: at,
        startColumn: word?.startColumn ?? column,
        endLineNumber: at,
        endColumn: word?.endColumn ?? Math.max(column + 1, model.getLineMaxColumn(at)),
      };
    });
    monaco.editor.setModelMarkers(model, "compiler", marks);
    const [first] = marks;
    if (first) editor.current?.revealLineInCenterIfOutsideViewport(first.startLineNumber);
  }, [complaints]);

  useEffect(() => {
    const lineHeight = Math.round(fontSize * 1.5);
    editor.current?.updateOptions({ fontSize, lineHeight, wordWrap: wrap ? "on" : "off" });
  }, [fontSize, wrap]);

  useEffect(() => {
    if (keys !== "vim") return;
    let end: (() => void) | undefined;
    let isOver = false;
    // Where it can't be loaded, keys stay the ordinary ones.
    import("./vim").then(
      ({ beginVim }) => {
        if (isOver || !editor.current || !status.current) return;
        end = beginVim(editor.current, status.current, () => latest.current.onKeep());
      },
      () => undefined,
    );
    return () => {
      isOver = true;
      end?.();
    };
  }, [keys]);

  useEffect(() => {
    monaco.editor.setTheme(shownTheme === "dark" ? "letscode-dark" : "letscode-light");
  }, [shownTheme]);

  return (
    <>
      <div className="code-editor" ref={place} data-language={language} />
      <div className="editor-status" ref={status} />
    </>
  );
}
