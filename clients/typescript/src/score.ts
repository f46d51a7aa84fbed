import { LetscodeError, RunFailed } from "./errors.js";
import type { components } from "./generated/schema.js";

type Run = components["schemas"]["Run"];

/**
 * Returns the share of a run's tests that are accepted, from 0 to 1. A program that does not compile
 * scores 0. Throws RunFailed if the service failed on a test: that is not the program's fault.
 */
export function fraction(run: Run): number {
  if (run.compile && !run.compile.success) {
    if (run.compile.outcome === "sandbox_error") {
      throw new RunFailed(run.compile.stderr || "the service could not compile the program");
    }
    return 0;
  }
  const verdicts = run.runs.flatMap((test) => (test.verdict ? [test.verdict] : []));
  if (verdicts.length === 0) {
    throw new LetscodeError("no test was judged: give tests an expected output, or a checker");
  }
  if (verdicts.includes("Internal Error")) {
    throw new RunFailed("the service could not run a test");
  }
  return verdicts.filter((verdict) => verdict === "Accepted").length / verdicts.length;
}
