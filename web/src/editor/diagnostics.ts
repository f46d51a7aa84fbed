/** The places that a compiler's words name, for marks in the editor. */

export interface Diagnostic {
  /** Both counted from 1. */
  line: number;
  column: number;
  severity: "error" | "warning";
  text: string;
}

/** One program has no use for more marks than this. */
const MAX_DIAGNOSTICS = 100;

export function parseDiagnostics(output: string, language: string): Diagnostic[] {
  const found = READERS[language]?.(output.split("\n")) ?? [];
  return found.slice(0, MAX_DIAGNOSTICS);
}

const READERS: Record<string, (lines: string[]) => Diagnostic[]> = {
  cpp: ofGcc,
  rust: ofRustc,
  python: ofPython,
  javascript: ofNode,
};

const GCC = /^solution\.\w+:(\d+):(\d+): (fatal error|error|warning): (.*)$/;

function ofGcc(lines: string[]): Diagnostic[] {
  return lines.flatMap((line) => {
    const match = GCC.exec(line);
    if (!match) return [];
    const severity = match[3] === "warning" ? "warning" : "error";
    return [diagnostic(match[1], match[2], severity, match[4] ?? "")];
  });
}

/** The words come first, the place some lines later. */
function ofRustc(lines: string[]): Diagnostic[] {
  const found: Diagnostic[] = [];
  let words: { severity: Diagnostic["severity"]; text: string } | undefined;
  for (const line of lines) {
    const head = /^(error|warning)(?:\[\w+\])?: (.*)$/.exec(line);
    if (head) words = { severity: head[1] as Diagnostic["severity"], text: head[2] ?? "" };
    const place = /^\s*--> [^:]*:(\d+):(\d+)$/.exec(line);
    if (place && words) {
      found.push(diagnostic(place[1], place[2], words.severity, words.text));
      words = undefined;
    }
  }
  return found;
}

function ofPython(lines: string[]): Diagnostic[] {
  const at = lines.findLastIndex((line) => /^\s*File ".*solution\.py", line \d+/.test(line));
  if (at < 0) return [];
  const line = /line (\d+)/.exec(lines[at] ?? "")?.[1];
  const caretLine = lines.slice(at).findIndex((one) => /^\s*[~^]+\s*$/.test(one));
  const caret = caretLine > 0 ? (lines[at + caretLine] ?? "").search(/\^/) : -1;
  // The source stands four columns in, without its own indentation: a mark on the line is true, a
  // column only where nothing was cut off.
  const column = caret >= 4 ? caret - 3 : 1;
  const text = lines.findLast((one) => /^\w*(Error|Warning|Exception)\b/.test(one)) ?? "This is not Python";
  return [diagnostic(line, String(column), "error", text)];
}

function ofNode(lines: string[]): Diagnostic[] {
  const at = lines.findIndex((line) => /solution\.c?js:\d+$/.test(line));
  if (at < 0) return [];
  const line = /:(\d+)$/.exec(lines[at] ?? "")?.[1];
  const caret = (lines[at + 2] ?? "").search(/\^/);
  const text = lines.find((one) => /^\w*Error\b/.test(one)) ?? "This is not JavaScript";
  return [diagnostic(line, String(caret + 1), "error", text)];
}

function diagnostic(
  line: string | undefined,
  column: string | undefined,
  severity: Diagnostic["severity"],
  text: string,
): Diagnostic {
  return { line: Number(line ?? 1), column: Math.max(1, Number(column ?? 1)), severity, text };
}
