import { useCallback, useEffect, useRef, useState } from "react";
import { api, errorMessage } from "../api/client";
import { BROWSER_LANGUAGES } from "../executor/report";
import { isSolved } from "../points";
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
import type { SourceCode } from "./use-runs";

export interface Judging {
  /** Undefined before the first submission. */
  progress?: JudgingProgress;
  /** The browser's results for the samples, shown until the server's results arrive. */
  provisional: SampleResult[];
  isSending: boolean;
  error?: string;
  submit(program: SourceCode, clientResult?: ClientResult): Promise<void>;
  setProvisional(sampleResults: SampleResult[]): void;
}

/** Submits programs and follows their judgement, by events or by polling. */
export function useJudging(problemId: string): Judging {
  const [progress, setProgress] = useState<JudgingProgress>();
  const [provisional, setProvisional] = useState<SampleResult[]>([]);
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<string>();
  const latest = useRef<JudgingProgress | undefined>(undefined);

  const update = useCallback(
    (transition: (before: JudgingProgress) => JudgingProgress) => {
      const before = latest.current;
      if (!before) return;
      const after = transition(before);
      if (after === before) return;
      latest.current = after;
      setProgress(after);
      if (isFinal(after) && !isFinal(before) && after.verdict) recordMark(problemId, isSolved(after.verdict));
    },
    [problemId],
  );

  const refetch = useCallback(async () => {
    const id = latest.current?.submissionId;
    if (!id) return;
    try {
      const submission = await api.submission(id);
      update((before) => applySubmission(before, submission));
    } catch {
      // An event or the next request brings the change.
    }
  }, [update]);

  useEffect(
    () =>
      onServerEvent({
        onMessage: (message) => update((before) => applyMessage(before, message)),
        onRefetch: () => {
          if (latest.current && !isFinal(latest.current)) void refetch();
        },
      }),
    [update, refetch],
  );

  // Events don't have the compiler's output.
  const needsCompilerOutput =
    progress?.verdict?.status === "Compilation Error" && progress.compilerOutput === undefined;
  useEffect(() => {
    if (needsCompilerOutput) void refetch();
  }, [needsCompilerOutput, refetch]);

  const submit = useCallback(
    async ({ code, language }: SourceCode, clientResult?: ClientResult) => {
      setSending(true);
      setError(undefined);
      setProvisional([]);
      latest.current = undefined;
      setProgress(undefined);
      try {
        const program = { code, language, problemId };
        const { submissionId, strategy } = await api.submit({
          ...program,
          clientLanguages: BROWSER_LANGUAGES,
          clientResult,
        });
        // Events may have arrived before the answer.
        latest.current = recentMessages().reduce(applyMessage, initialProgress(submissionId));
        setProgress(latest.current);
        // Client results cause no events.
        if (strategy === "client") void refetch();
        const { verdict } = latest.current;
        if (verdict) recordMark(problemId, verdict.status === "Accepted");
      } catch (reason) {
        setError(errorMessage(reason));
      } finally {
        setSending(false);
      }
    },
    [problemId, refetch],
  );
  return { progress, provisional, isSending, error, submit, setProvisional };
}
