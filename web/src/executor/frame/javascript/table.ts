/** `console.table` as Node 20 draws it. */
import { inspect } from "node-inspect-extracted";

/** Wide and combining characters apart. */
const width = (text: string) => [...text].length;

const INDEX = "(index)";
const VALUES = "Values";

const shown = (value: unknown) => inspect(value, { depth: 0, maxArrayLength: 3, breakLength: Infinity });

/** `undefined` for what is not drawn as a table. */
export function table(data: unknown, only?: string[]): string | undefined {
  if (data === null || typeof data !== "object") return undefined;
  const isMap = data instanceof Map;
  const isSet = data instanceof Set;
  const rows: [string, unknown][] =
    isMap || isSet
      ? [...(data as Iterable<unknown>)].map((value, index) => [String(index), value])
      : Object.entries(data);
  const indexName = isMap || isSet ? "(iteration index)" : INDEX;
  const columns = new Map<string, string[]>();
  const values: string[] = [];
  let hasValues = false;
  const put = (column: string, row: number, text: string) => {
    const cells = columns.get(column) ?? [];
    cells[row] = text;
    columns.set(column, cells);
  };
  for (const name of only ?? []) columns.set(name, []);
  rows.forEach(([, value], row) => {
    if (isMap) {
      const [key, mapped] = value as [unknown, unknown];
      put("Key", row, shown(key));
      put(VALUES, row, shown(mapped));
    } else if (value !== null && typeof value === "object") {
      for (const [key, cell] of Object.entries(value)) {
        if (!only || only.includes(key)) put(key, row, shown(cell));
      }
    } else {
      hasValues = true;
      values[row] = shown(value);
    }
  });
  if (hasValues) columns.set(VALUES, values);
  const heads = [indexName, ...columns.keys()];
  const body = rows.map(([index], row) => [index, ...[...columns.values()].map((cells) => cells[row] ?? "")]);
  return draw(heads, body);
}

function draw(heads: string[], body: string[][]): string {
  const widths = heads.map(
    (head, at) => Math.max(width(head), ...body.map((row) => width(row[at] ?? ""))) + 2,
  );
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((cell) => "─".repeat(cell)).join(middle) + right;
  const line = (cells: string[]) => `│${cells.map((cell, at) => padded(cell, widths[at] ?? 0)).join("│")}│`;
  return [rule("┌", "┬", "┐"), line(heads), rule("├", "┼", "┤"), ...body.map(line), rule("└", "┴", "┘")].join(
    "\n",
  );
}

function padded(text: string, cell: number): string {
  return ` ${text}${" ".repeat(cell - width(text) - 1)}`;
}
