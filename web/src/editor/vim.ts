/** Vim's keys for the editor; loaded only if they are switched on in the settings. */
import { initVimMode } from "monaco-vim";
import type { CodeEditor } from "./monaco";

/** Switches Vim's keys on; the returned function switches them off. `status` shows the mode and the command line. */
export function startVim(editor: CodeEditor, status: HTMLElement, onSave: () => void): () => void {
  const vim = initVimMode(editor, status);
  // The command `:w`.
  Object.assign(vim, { save: onSave });
  // Tab does nothing in normal mode, so it moves the focus out of the editor there.
  const setTabLeaves = (isInserting: boolean) => editor.updateOptions({ tabFocusMode: !isInserting });
  setTabLeaves(false);
  let isInserting = false;
  vim.on("vim-mode-change", ({ mode }: { mode: string }) => {
    isInserting = mode === "insert" || mode === "replace";
    setTabLeaves(isInserting);
  });
  const focusListener = editor.onDidFocusEditorText(() => setTabLeaves(isInserting));
  return () => {
    focusListener.dispose();
    vim.dispose();
    status.replaceChildren();
    editor.updateOptions({ tabFocusMode: false });
  };
}
