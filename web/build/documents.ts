import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const INDEX_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // Monaco styles its lines with style elements and attributes.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  // Also keeps the frame from navigating elsewhere with a user's data.
  "frame-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
];

function runnerPolicy(script: string): string {
  const hash = createHash("sha256").update(script).digest("base64");
  return [
    // No `allow-same-origin`: the frame has no origin, and no access to the page.
    "sandbox allow-scripts",
    "default-src 'none'",
    // The frame evaluates users' programs.
    `script-src 'sha256-${hash}' 'unsafe-eval'`,
    "worker-src blob:",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join("; ");
}

/** Adds the frame's document, and for each document the policy that the server sends with it. */
export function documents(runnerScript: string): Plugin {
  return {
    name: "letscode-documents",
    apply: "build",
    generateBundle() {
      const script = readFileSync(runnerScript, "utf8").trim();
      if (script.includes("</script")) throw new Error("the frame's script contains `</script`");
      const emit = (fileName: string, source: string) => this.emitFile({ type: "asset", fileName, source });
      const head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Programs run here</title>';
      emit("runner.html", `${head}<script>${script}</script></html>\n`);
      emit("runner.csp", runnerPolicy(script));
      emit("index.csp", INDEX_POLICY.join("; "));
    },
  };
}
