import { diffArrays } from "diff";
import { useMemo } from "react";

interface DiffRow {
  kind: "same" | "missing" | "extra";
  text: string;
}

/** Longer outputs are not compared: it would take too long. */
const MAX_LINES = 1_000;
const MAX_CHARACTERS = 100_000;

function diffLines(expected: string, actual: string): DiffRow[] | undefined {
  if (expected.length + actual.length > MAX_CHARACTERS) return undefined;
  const [left, right] = [splitLines(expected), splitLines(actual)];
  if (left.length + right.length > MAX_LINES) return undefined;
  return diffArrays(left, right, { comparator: (a, b) => a.trimEnd() === b.trimEnd() }).flatMap((part) => {
    const kind: DiffRow["kind"] = part.added ? "extra" : part.removed ? "missing" : "same";
    return part.value.map((text) => ({ kind, text }));
  });
}

function splitLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** The sign of each kind of line, and its words for screen readers. */
const SIGNS: Record<DiffRow["kind"], [string, string]> = {
  same: [" ", ""],
  missing: ["−", "expected: "],
  extra: ["+", "your output: "],
};

/** Expected and actual output, line by line. */
export function Diff({ expected, actual }: { expected: string; actual: string }) {
  const rows = useMemo(() => diffLines(expected, actual), [expected, actual]);
  if (!rows) return <p className="quiet">The outputs differ, but are too long to be compared here.</p>;
  return (
    <figure className="diff">
      <figcaption className="quiet">
        <span className="key key-missing">− expected</span>{" "}
        <span className="key key-extra">+ your output</span>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable text must be reachable by keyboard */}
      <pre tabIndex={0}>
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other key
          <span key={index} className={`line line-${row.kind}`}>
            <span aria-hidden="true">{SIGNS[row.kind][0]} </span>
            <span className="hidden">{SIGNS[row.kind][1]}</span>
            {row.text}
            {"\n"}
          </span>
        ))}
      </pre>
    </figure>
  );
}
