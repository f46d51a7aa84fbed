import { syntaxOf } from "../languages";
import type { LoadedText } from "./drafts";
import { type CodeEditor, monaco } from "./monaco";

type TextModel = ReturnType<typeof monaco.editor.createModel>;

/** Owner of the markers that come from compilers. */
export const MARKER_OWNER = "compiler";

/** The editor's text models, one for each language: undo in one language never brings back code of another. */
export class LanguageModels {
  private readonly models = new Map<string, TextModel>();
  private readonly viewStates = new Map<TextModel, ReturnType<CodeEditor["saveViewState"]>>();

  constructor(private readonly editor: CodeEditor) {}

  /** Shows a text in the model of its language, as an edit that can be undone. */
  show({ language, code, previous }: LoadedText): void {
    const model =
      this.models.get(language) ?? monaco.editor.createModel(previous ?? code, syntaxOf(language));
    this.models.set(language, model);
    this.switchTo(model);
    if (model.getValue() === code) return;
    this.editor.pushUndoStop();
    model.pushEditOperations([], [{ range: model.getFullModelRange(), text: code }], () => null);
    this.editor.pushUndoStop();
    this.editor.setScrollTop(0);
  }

  private switchTo(model: TextModel): void {
    const current = this.editor.getModel();
    if (current === model) return;
    if (current) {
      this.viewStates.set(current, this.editor.saveViewState());
      monaco.editor.setModelMarkers(current, MARKER_OWNER, []);
    }
    this.editor.setModel(model);
    this.editor.restoreViewState(this.viewStates.get(model) ?? null);
  }

  dispose(): void {
    this.editor.setModel(null);
    for (const model of this.models.values()) model.dispose();
  }
}
