import type { Verdict, VerdictSummary } from "../api/client";
import { describePoints, isPartial } from "../points";

const ABBREVIATIONS: Record<Verdict, string> = {
  Accepted: "AC",
  "Wrong Answer": "WA",
  "Time Limit Exceeded": "TLE",
  "Memory Limit Exceeded": "MLE",
  "Output Limit Exceeded": "OLE",
  "Runtime Error": "RE",
  "Compilation Error": "CE",
  "Security Violation": "SV",
  "Internal Error": "IE",
};

export function shortVerdict(verdict: Verdict): string {
  return ABBREVIATIONS[verdict];
}

function toneOf(verdict: Verdict): "good" | "bad" | "neutral" {
  if (verdict === "Accepted") return "good";
  return verdict === "Internal Error" ? "neutral" : "bad";
}

interface VerdictBadgeProps {
  verdict: Pick<VerdictSummary, "status" | "score" | "maxScore">;
}

export function VerdictBadge({ verdict }: VerdictBadgeProps) {
  return (
    <strong className={`verdict verdict-${toneOf(verdict.status)}`}>
      {verdict.status}
      {isPartial(verdict) && ` with ${describePoints(verdict)}`}
    </strong>
  );
}
