import { useCallback, useEffect, useRef, useState } from "react";
import { api, explain } from "../api/client";
import { userId } from "../api/person";
import { BROWSER_LANGUAGES } from "../executor/report";
import { mark } from "../solved";
import { listen, recentMessages } from "../stream/live";
import { advance, begun, isFinal, lookedUp, type Progress } from "../stream/progress";
import type { ClientResult } from "./claim";
import type { Opinion } from "./samples";
import type { Program } from "./use-runs";

export interface Judging {
  /** Undefined until something was submitted. */
  progress?: Progress;
  /** The person's own browser's opinion of the samples, until the server's word comes. */
  provisional: Opinion[];
  sending: boolean;
  error?: string;
  submit(program: Program, clientResult?: ClientResult): Promise<void>;
  setProvisional(opinions: Opinion[]): void;
}

/** Submits, and follows what becomes of it: by events, and by asking where events don't come. */
export function useJudging(problemId: string): Judging {
  const [progress, setProgress] = useState<Progress>();
  const [provisional, setProvisional] = useState<Opinion[]>([]);
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<string>();
  const latest = useRef<Progress | undefined>(undefined);

  const change = useCallback(
    (next: (before: Progress) => Progress) => {
      const before = latest.current;
      if (!before) return;
      const after = next(before);
      if (after === before) return;
      latest.current = after;
      setProgress(after);
      if (isFinal(after) && !isFinal(before)) mark(problemId, after.verdict?.status === "Accepted");
    },
    [problemId],
  );

  const lookUp = useCallback(async () => {
    const id = latest.current?.submissionId;
    if (!id) return;
    try {
      const submission = await api.submission(id);
      change((before) => lookedUp(before, submission));
    } catch {
      // The stream, or the next look, will tell.
    }
  }, [change]);

  useEffect(
    () =>
      listen({
        onMessage: (message) => change((before) => advance(before, message)),
        onLookUp: () => {
          if (latest.current && !isFinal(latest.current)) void lookUp();
        },
      }),
    [change, lookUp],
  );

  // What the compiler said is not among the events.
  const wantsWords =
    progress?.verdict?.status === "Compilation Error" && progress.compilerOutput === undefined;
  useEffect(() => {
    if (wantsWords) void lookUp();
  }, [wantsWords, lookUp]);

  const submit = useCallback(
    async ({ code, language }: Program, clientResult?: ClientResult) => {
      setSending(true);
      setError(undefined);
      setProvisional([]);
      latest.current = undefined;
      setProgress(undefined);
      try {
        const program = { code, language, problemId, userId };
        const { submissionId, strategy } = await api.submit({
          ...program,
          clientLanguages: BROWSER_LANGUAGES,
          clientResult,
        });
        // Events may have been faster than the answer.
        latest.current = recentMessages().reduce(advance, begun(submissionId));
        setProgress(latest.current);
        // This browser's own results come with no events.
        if (strategy === "client") void lookUp();
        if (isFinal(latest.current)) mark(problemId, latest.current.verdict?.status === "Accepted");
      } catch (reason) {
        setError(explain(reason));
      } finally {
        setSending(false);
      }
    },
    [problemId, lookUp],
  );
  return { progress, provisional, sending, error, submit, setProvisional };
}
