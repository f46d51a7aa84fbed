import { useCallback, useEffect, useRef, useState } from "react";
import type { Schemas } from "../api/client";
import type { RunReport } from "../executor/report";
import { prepare, run } from "./executor";
import type { Placement } from "./use-placement";

export type Sample = Schemas["ProblemSample"];

/** An input to run a program with: a sample or a custom test. */
export interface Case {
  name: string;
  input: string;
  /** Expected output; missing if the output is not compared. */
  expected?: string;
  /** Protocol of an interaction, for samples of interactive problems. */
  interaction?: string;
}

export interface CaseRun {
  case: Case;
  state: "waiting" | "running" | "done";
  /** Output so far, while it is running. */
  partial?: string;
  report?: RunReport;
}

export interface SourceCode {
  language: string;
  code: string;
}

export interface Runs {
  runs: CaseRun[];
  /** Placement of these runs. */
  placement?: Placement;
  isRunning: boolean;
  start(cases: Case[], program: SourceCode, placement: Placement): Promise<CaseRun[]>;
  stop(): void;
  clear(): void;
}

/** Runs cases one after another. A new start aborts the previous runs. */
export function useRuns(): Runs {
  const [runs, setRuns] = useState<CaseRun[]>([]);
  const [placement, setPlacement] = useState<Placement>();
  const [isRunning, setRunning] = useState(false);
  const current = useRef<AbortController | undefined>(undefined);

  const stop = useCallback(() => current.current?.abort(), []);
  useEffect(() => stop, [stop]);

  const start = useCallback<Runs["start"]>(async (cases, { language, code }, placement) => {
    const { strategy } = placement;
    current.current?.abort();
    const controller = new AbortController();
    current.current = controller;
    let state: CaseRun[] = cases.map((testCase) => ({ case: testCase, state: "waiting" }));
    const update = (index: number, change: Partial<CaseRun>) => {
      state = state.map((run, position) => (position === index ? { ...run, ...change } : run));
      if (current.current === controller) setRuns(state);
    };
    setRunning(true);
    setPlacement(placement);
    for (const [index, { input }] of cases.entries()) {
      if (controller.signal.aborted) break;
      update(index, { state: "running" });
      const onOutput = (partial: string) => update(index, { partial });
      const report = await run({
        language,
        code,
        input,
        strategy,
        onOutput,
        signal: controller.signal,
      });
      update(index, { state: "done", report });
      // The other runs would fail to compile as well.
      if (report.outcome.kind === "compile_failed") break;
    }
    state = state.filter((run) => run.state === "done");
    if (current.current === controller) {
      setRuns(state);
      setRunning(false);
      prepare(language);
    }
    return state;
  }, []);

  const clear = useCallback(() => {
    stop();
    current.current = undefined;
    setRuns([]);
    setRunning(false);
  }, [stop]);
  return { runs, placement, isRunning, start, stop, clear };
}
