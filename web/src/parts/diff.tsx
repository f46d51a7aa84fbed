import { diffArrays } from "diff";
import { useMemo } from "react";

interface Row {
  kind: "same" | "missing" | "extra";
  text: string;
}

/** Comparing more takes longer than anybody would read. */
const MAX_LINES = 1_000;
const MAX_CHARACTERS = 100_000;

function rowsOf(expected: string, actual: string): Row[] | undefined {
  if (expected.length + actual.length > MAX_CHARACTERS) return undefined;
  const [left, right] = [linesOf(expected), linesOf(actual)];
  if (left.length + right.length > MAX_LINES) return undefined;
  return diffArrays(left, right, { comparator: (a, b) => a.trimEnd() === b.trimEnd() }).flatMap((part) => {
    const kind: Row["kind"] = part.added ? "extra" : part.removed ? "missing" : "same";
    return part.value.map((text) => ({ kind, text }));
  });
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

const SIGNS: Record<Row["kind"], [string, string]> = {
  same: [" ", ""],
  missing: ["−", "expected: "],
  extra: ["+", "your output: "],
};

/** What was expected and what came, line by line. */
export function Diff({ expected, actual }: { expected: string; actual: string }) {
  const rows = useMemo(() => rowsOf(expected, actual), [expected, actual]);
  if (!rows) return <p className="quiet">The outputs differ; they are too long to be compared here.</p>;
  return (
    <figure className="diff">
      <figcaption className="quiet">
        <span className="key key-missing">− expected</span>{" "}
        <span className="key key-extra">+ your output</span>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>
        {rows.map((row, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
          <span key={at} className={`line line-${row.kind}`}>
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
