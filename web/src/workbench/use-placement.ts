import { useEffect, useState } from "react";
import { api, type Schemas } from "../api/client";
import { BROWSER_LANGUAGES, isBrowserLanguage } from "../executor/report";

/** Where a Run goes, and why. */
export interface Placement {
  strategy: Schemas["Strategy"];
  reasons: string[];
}

/** Typing pauses for so long before the server is asked. */
const ASK_AFTER_MS = 400;

/** What the browser can tell by itself, when the server has not answered. */
export function defaultPlacement(language: string): Placement {
  return isBrowserLanguage(language)
    ? {
        strategy: "client",
        reasons: ["The server has not said anything yet, and your browser speaks this language."],
      }
    : { strategy: "server", reasons: ["Your browser does not speak this language."] };
}

/**
 * The router's word on the draft, asked for ahead: a click on Run never waits for it. Of another draft
 * than the one it was asked about it says nothing.
 */
export function usePlacement(problemId: string, language: string, code: string): Placement {
  const [answer, setAnswer] = useState<{ language: string; code: string; placement: Placement }>();
  useEffect(() => {
    if (!isBrowserLanguage(language) || code.trim() === "") return;
    const control = new AbortController();
    const ask = async () => {
      const question = { code, language, problemId, clientLanguages: BROWSER_LANGUAGES };
      const placement = await api.chooseStrategy(question, control.signal).catch(() => undefined);
      if (placement && !control.signal.aborted) setAnswer({ language, code, placement });
    };
    const timer = setTimeout(() => void ask(), ASK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [problemId, language, code]);
  return answer?.language === language && answer.code === code
    ? answer.placement
    : defaultPlacement(language);
}
