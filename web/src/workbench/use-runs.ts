import { useCallback, useEffect, useRef, useState } from "react";
import type { Schemas } from "../api/client";
import type { RunReport } from "../executor/report";
import { prepare, run } from "./executor";
import type { Placement } from "./use-placement";

export type Sample = Schemas["ProblemSample"];

/** One thing to run: a sample, or what the person typed. */
export interface Case {
  name: string;
  input: string;
  expected?: string;
}

export interface CaseRun {
  case: Case;
  state: "waiting" | "running" | "done";
  /** What it has printed so far. */
  partial?: string;
  report?: RunReport;
}

export interface Program {
  language: string;
  code: string;
}

export interface Runs {
  runs: CaseRun[];
  /** Where they went, and why. */
  placement?: Placement;
  isRunning: boolean;
  start(cases: Case[], program: Program, placement: Placement): Promise<CaseRun[]>;
  stop(): void;
  clear(): void;
}

/** Runs cases one after another. Starting anew calls off what still runs. */
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
    const control = new AbortController();
    current.current = control;
    let state: CaseRun[] = cases.map((one) => ({ case: one, state: "waiting" }));
    const show = (at: number, change: Partial<CaseRun>) => {
      state = state.map((one, index) => (index === at ? { ...one, ...change } : one));
      if (current.current === control) setRuns(state);
    };
    setRunning(true);
    setPlacement(placement);
    for (const [at, one] of cases.entries()) {
      if (control.signal.aborted) break;
      show(at, { state: "running" });
      const onOutput = (partial: string) => show(at, { partial });
      const report = await run({
        language,
        code,
        input: one.input,
        strategy,
        onOutput,
        signal: control.signal,
      });
      show(at, { state: "done", report });
      // The others would not be compiled either.
      if (report.outcome.kind === "compile_failed") break;
    }
    state = state.filter((one) => one.state === "done");
    if (current.current === control) {
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
