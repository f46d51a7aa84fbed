import type { Verdict } from "../api/client";

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

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  return <strong className={`verdict verdict-${toneOf(verdict)}`}>{verdict}</strong>;
}
