/** Vim's keys for an editor; loaded only when somebody has chosen them. */
import { initVimMode } from "monaco-vim";
import type { monaco } from "./monaco";

type CodeEditor = ReturnType<typeof monaco.editor.create>;

/** Answers how to end it. What is typed behind a colon, and the mode, are shown in `status`. */
export function beginVim(editor: CodeEditor, status: HTMLElement, onWrite: () => void): () => void {
  const vim = initVimMode(editor, status);
  // `:w`
  Object.assign(vim, { save: onWrite });
  // Outside of insertion Tab means nothing to Vim, and lets people leave the editor.
  const leaveByTab = (isInserting: boolean) => editor.updateOptions({ tabFocusMode: !isInserting });
  leaveByTab(false);
  let isInserting = false;
  vim.on("vim-mode-change", ({ mode }: { mode: string }) => {
    isInserting = mode === "insert" || mode === "replace";
    leaveByTab(isInserting);
  });
  const focused = editor.onDidFocusEditorText(() => leaveByTab(isInserting));
  return () => {
    focused.dispose();
    vim.dispose();
    status.replaceChildren();
    editor.updateOptions({ tabFocusMode: false });
  };
}
