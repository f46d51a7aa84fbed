import { useEffect, useState } from "react";
import { useMayWork } from "../account/session";
import { api, type Schemas } from "../api/client";
import { BROWSER_LANGUAGES, isBrowserLanguage } from "../executor/report";

/** Strategy of a run, and its reasons. */
export interface Placement {
  strategy: Schemas["Strategy"];
  reasons: string[];
}

/** Pause in typing after which the server is asked. */
const REQUEST_DELAY_MS = 400;

/** The placement to use until the server answers. */
export function defaultPlacement(language: string): Placement {
  return isBrowserLanguage(language)
    ? {
        strategy: "client",
        reasons: ["The server has not answered yet, and your browser can run this language."],
      }
    : { strategy: "server", reasons: ["Your browser can't run this language."] };
}

/**
 * The placement of the draft, requested while it is edited, so that a click on Run never waits for it.
 * An answer holds only for the draft that it was requested for.
 */
export function usePlacement(problemId: string, language: string, code: string): Placement {
  const mayWork = useMayWork();
  const [answer, setAnswer] = useState<{ language: string; code: string; placement: Placement }>();
  useEffect(() => {
    if (!mayWork || !isBrowserLanguage(language) || code.trim() === "") return;
    const controller = new AbortController();
    const requestPlacement = async () => {
      const draft = { code, language, problemId, clientLanguages: BROWSER_LANGUAGES };
      const placement = await api.chooseStrategy(draft, controller.signal).catch(() => undefined);
      if (placement && !controller.signal.aborted) setAnswer({ language, code, placement });
    };
    const timer = setTimeout(() => void requestPlacement(), REQUEST_DELAY_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [mayWork, problemId, language, code]);
  return answer?.language === language && answer.code === code
    ? answer.placement
    : defaultPlacement(language);
}
