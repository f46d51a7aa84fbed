/** Languages of the server: templates, syntaxes, and which are compiled. */
import type { components } from "./generated/api";

type Language = components["schemas"]["LanguageInfo"];

const languages = new Map<string, Language>();

/** To be called with the server's answer before the functions below. */
export function registerLanguages(list: Language[]): void {
  for (const language of list) languages.set(language.id, language);
}

/** Returns the text that a new draft begins with. */
export const templateOf = (id: string): string => languages.get(id)?.editor?.template ?? "";

/** Returns Monaco's name for the syntax. */
export const syntaxOf = (id: string): string => languages.get(id)?.editor?.mode ?? id;

/** Returns the format of the compiler's messages; undefined if they mark no lines. */
export const diagnosticsFormatOf = (id: string): string | undefined =>
  languages.get(id)?.editor?.diagnostics ?? undefined;

export const isCompiled = (id: string): boolean => languages.get(id)?.compiled ?? false;
