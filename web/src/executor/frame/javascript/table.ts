/** `console.table` in the format of Node 20. */
import { inspect } from "node-inspect-extracted";

/** Width of a text, without regard to wide and combining characters. */
const width = (text: string) => [...text].length;

const INDEX = "(index)";
const VALUES = "Values";

const formatCell = (value: unknown) => inspect(value, { depth: 0, maxArrayLength: 3, breakLength: Infinity });

/** Formats a value as a table; returns `undefined` for values that have none. */
export function table(data: unknown, columnNames?: string[]): string | undefined {
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
  for (const name of columnNames ?? []) columns.set(name, []);
  rows.forEach(([, value], row) => {
    if (isMap) {
      const [key, mapped] = value as [unknown, unknown];
      put("Key", row, formatCell(key));
      put(VALUES, row, formatCell(mapped));
    } else if (value !== null && typeof value === "object") {
      for (const [key, cell] of Object.entries(value)) {
        if (!columnNames || columnNames.includes(key)) put(key, row, formatCell(cell));
      }
    } else {
      hasValues = true;
      values[row] = formatCell(value);
    }
  });
  if (hasValues) columns.set(VALUES, values);
  const headers = [indexName, ...columns.keys()];
  const body = rows.map(([index], row) => [index, ...[...columns.values()].map((cells) => cells[row] ?? "")]);
  return draw(headers, body);
}

function draw(headers: string[], body: string[][]): string {
  const widths = headers.map(
    (head, index) => Math.max(width(head), ...body.map((row) => width(row[index] ?? ""))) + 2,
  );
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((cell) => "─".repeat(cell)).join(middle) + right;
  const line = (cells: string[]) =>
    `│${cells.map((cell, index) => pad(cell, widths[index] ?? 0)).join("│")}│`;
  return [
    rule("┌", "┬", "┐"),
    line(headers),
    rule("├", "┼", "┤"),
    ...body.map(line),
    rule("└", "┴", "┘"),
  ].join("\n");
}

function pad(text: string, cell: number): string {
  return ` ${text}${" ".repeat(cell - width(text) - 1)}`;
}
