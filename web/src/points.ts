/** Points of a verdict, for problems with scoring. */
import type { VerdictSummary } from "./api/client";

type Points = Pick<VerdictSummary, "status" | "score" | "maxScore">;

/** Tolerance for comparing scores, which are sums of decimal fractions. */
const TOLERANCE = 1e-6;

const rounded = (score: number) => Math.round(score * 1000) / 1000;

/** `80.7 of 100 points`; undefined without scoring. */
export function describePoints({ score, maxScore }: Points): string | undefined {
  if (score === undefined || score === null) return undefined;
  const of = maxScore === undefined || maxScore === null ? "" : ` of ${rounded(maxScore)}`;
  return `${rounded(score)}${of} points`;
}

/** True if nothing failed, but there are more points than these. */
export function isPartial({ status, score, maxScore }: Points): boolean {
  return status === "Accepted" && (score ?? 0) < (maxScore ?? 0) - TOLERANCE;
}

/** True for a solution: Accepted with all points. */
export function isSolved(verdict: Points): boolean {
  return verdict.status === "Accepted" && !isPartial(verdict);
}
