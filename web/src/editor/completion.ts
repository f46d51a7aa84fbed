/** Completion: keywords, common names, and snippets that solutions often need. */
import type { Monaco } from "./monaco";

export interface LanguageCompletions {
  names: string;
  snippets: Record<string, string>;
}

/** `completions`: by Monaco's name for the syntax. */
export function registerCompletion(monaco: Monaco, completions: Map<string, LanguageCompletions>): void {
  const { CompletionItemKind, CompletionItemInsertTextRule } = monaco.languages;
  for (const [language, { names, snippets }] of completions) {
    monaco.languages.registerCompletionItemProvider(language, {
      provideCompletionItems(model, position) {
        const word = model.getWordUntilPosition(position);
        const range = new monaco.Range(
          position.lineNumber,
          word.startColumn,
          position.lineNumber,
          word.endColumn,
        );
        const nameItems = names.split(" ").map((label) => ({
          label,
          kind: CompletionItemKind.Keyword,
          insertText: label,
          range,
        }));
        const snippetItems = Object.entries(snippets).map(([label, insertText]) => ({
          label,
          kind: CompletionItemKind.Snippet,
          insertText,
          insertTextRules: CompletionItemInsertTextRule.InsertAsSnippet,
          detail: "snippet",
          range,
        }));
        return { suggestions: [...snippetItems, ...nameItems] };
      },
    });
  }
}
