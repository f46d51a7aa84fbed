/** Parses compilers' output into diagnostics for the editor. */

export interface Diagnostic {
  /** Line and column are counted from 1. */
  line: number;
  column: number;
  severity: "error" | "warning";
  text: string;
}

/** Number of diagnostics to show; the rest are dropped. */
const MAX_DIAGNOSTICS = 100;

/** `format`: the language's `editor.diagnostics`; without one there are no diagnostics. */
export function parseDiagnostics(output: string, format: string | undefined): Diagnostic[] {
  const diagnostics = PARSERS[format ?? ""]?.(output.split("\n")) ?? [];
  return diagnostics.slice(0, MAX_DIAGNOSTICS);
}

const PARSERS: Record<string, (lines: string[]) => Diagnostic[]> = {
  gcc: parseGcc,
  rustc: parseRustc,
  python: parsePython,
  node: parseNode,
};

const GCC = /^solution\.\w+:(\d+):(\d+): (fatal error|error|warning): (.*)$/;

function parseGcc(lines: string[]): Diagnostic[] {
  return lines.flatMap((line) => {
    const match = GCC.exec(line);
    if (!match) return [];
    const severity = match[3] === "warning" ? "warning" : "error";
    return [diagnostic(match[1], match[2], severity, match[4] ?? "")];
  });
}

/** In rustc's output the message comes first, the position some lines later. */
function parseRustc(lines: string[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  let message: { severity: Diagnostic["severity"]; text: string } | undefined;
  for (const line of lines) {
    const head = /^(error|warning)(?:\[\w+\])?: (.*)$/.exec(line);
    if (head) message = { severity: head[1] as Diagnostic["severity"], text: head[2] ?? "" };
    const position = /^\s*--> [^:]*:(\d+):(\d+)$/.exec(line);
    if (position && message) {
      diagnostics.push(diagnostic(position[1], position[2], message.severity, message.text));
      message = undefined;
    }
  }
  return diagnostics;
}

function parsePython(lines: string[]): Diagnostic[] {
  const first = lines.findLastIndex((line) => /^\s*File ".*solution\.py", line \d+/.test(line));
  if (first < 0) return [];
  const line = /line (\d+)/.exec(lines[first] ?? "")?.[1];
  const caretLine = lines.slice(first).findIndex((text) => /^\s*[~^]+\s*$/.test(text));
  const caret = caretLine > 0 ? (lines[first + caretLine] ?? "").search(/\^/) : -1;
  // Python prints the source line with four columns of indentation instead of its own, so the column
  // is right only if the line has none.
  const column = caret >= 4 ? caret - 3 : 1;
  const text = lines.findLast((text) => /^\w*(Error|Warning|Exception)\b/.test(text)) ?? "Invalid Python";
  return [diagnostic(line, String(column), "error", text)];
}

function parseNode(lines: string[]): Diagnostic[] {
  const first = lines.findIndex((line) => /solution\.c?js:\d+$/.test(line));
  if (first < 0) return [];
  const line = /:(\d+)$/.exec(lines[first] ?? "")?.[1];
  const caret = (lines[first + 2] ?? "").search(/\^/);
  const text = lines.find((text) => /^\w*Error\b/.test(text)) ?? "Invalid JavaScript";
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
