import { useCallback, useEffect, useRef, useState } from "react";
import { api, errorMessage } from "../api/client";
import { userId } from "../api/user";
import { BROWSER_LANGUAGES } from "../executor/report";
import { recordMark } from "../solved";
import { onServerEvent, recentMessages } from "../stream/live";
import {
  applyMessage,
  applySubmission,
  initialProgress,
  isFinal,
  type JudgingProgress,
} from "../stream/progress";
import type { ClientResult } from "./client-result";
import type { SampleResult } from "./samples";
import type { Program } from "./use-runs";

export interface Judging {
  /** Undefined until something was submitted. */
  progress?: JudgingProgress;
  /** The person's own browser's sampleResult of the samples, until the server's word comes. */
  provisional: SampleResult[];
  sending: boolean;
  error?: string;
  submit(program: Program, clientResult?: ClientResult): Promise<void>;
  setProvisional(sampleResults: SampleResult[]): void;
}

/** Submits, and follows what becomes of it: by events, and by asking where events don't come. */
export function useJudging(problemId: string): Judging {
  const [progress, setProgress] = useState<JudgingProgress>();
  const [provisional, setProvisional] = useState<SampleResult[]>([]);
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<string>();
  const latest = useRef<JudgingProgress | undefined>(undefined);

  const change = useCallback(
    (next: (before: JudgingProgress) => JudgingProgress) => {
      const before = latest.current;
      if (!before) return;
      const after = next(before);
      if (after === before) return;
      latest.current = after;
      setProgress(after);
      if (isFinal(after) && !isFinal(before)) recordMark(problemId, after.verdict?.status === "Accepted");
    },
    [problemId],
  );

  const refetch = useCallback(async () => {
    const id = latest.current?.submissionId;
    if (!id) return;
    try {
      const submission = await api.submission(id);
      change((before) => applySubmission(before, submission));
    } catch {
      // The stream, or the next look, will tell.
    }
  }, [change]);

  useEffect(
    () =>
      onServerEvent({
        onMessage: (message) => change((before) => applyMessage(before, message)),
        onRefetch: () => {
          if (latest.current && !isFinal(latest.current)) void refetch();
        },
      }),
    [change, refetch],
  );

  // What the compiler said is not among the events.
  const wantsWords =
    progress?.verdict?.status === "Compilation Error" && progress.compilerOutput === undefined;
  useEffect(() => {
    if (wantsWords) void refetch();
  }, [wantsWords, refetch]);

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
        latest.current = recentMessages().reduce(applyMessage, initialProgress(submissionId));
        setProgress(latest.current);
        // This browser's own results come with no events.
        if (strategy === "client") void refetch();
        if (isFinal(latest.current)) recordMark(problemId, latest.current.verdict?.status === "Accepted");
      } catch (reason) {
        setError(errorMessage(reason));
      } finally {
        setSending(false);
      }
    },
    [problemId, refetch],
  );
  return { progress, provisional, sending, error, submit, setProvisional };
}
