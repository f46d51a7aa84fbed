/** `console`, in Node's own format. */
import { formatWithOptions, inspect } from "node-inspect-extracted";
import { table } from "./table";

type WriteText = (text: string) => void;

export function makeConsole(out: WriteText, error: WriteText) {
  let indent = "";
  const counts = new Map<string, number>();
  const timers = new Map<string, number>();
  const line = (write: WriteText, args: unknown[]) => {
    const text = formatWithOptions({}, ...args);
    write(`${indent}${indent ? text.replaceAll("\n", `\n${indent}`) : text}\n`);
  };
  const log = (...args: unknown[]) => line(out, args);
  const warn = (...args: unknown[]) => line(error, args);
  const group = (...args: unknown[]) => {
    if (args.length > 0) log(...args);
    indent += "  ";
  };
  const elapsed = (label: string) => {
    const ms = performance.now() - (timers.get(label) ?? performance.now());
    return ms >= 1000 ? `${(ms / 1000).toFixed(3)}s` : `${Number(ms.toPrecision(3))}ms`;
  };
  return {
    log,
    info: log,
    debug: log,
    error: warn,
    warn,
    trace: (...args: unknown[]) => warn("Trace:", ...args),
    dir: (value: unknown, options?: object) => log(inspect(value, { customInspect: false, ...options })),
    dirxml: log,
    group,
    groupCollapsed: group,
    groupEnd: () => {
      indent = indent.slice(2);
    },
    assert: (condition: unknown, ...args: unknown[]) => {
      if (condition) return;
      if (typeof args[0] === "string") args[0] = `Assertion failed: ${args[0]}`;
      else args.unshift("Assertion failed");
      warn(...args);
    },
    count: (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      log(`${label}: ${counts.get(label)}`);
    },
    countReset: (label = "default") => counts.delete(label),
    time: (label = "default") => timers.set(label, performance.now()),
    timeLog: (label = "default", ...args: unknown[]) => log(`${label}: ${elapsed(label)}`, ...args),
    timeEnd: (label = "default") => {
      log(`${label}: ${elapsed(label)}`);
      timers.delete(label);
    },
    table: (data: unknown, columns?: string[]) => {
      const text = table(data, columns);
      if (text === undefined) log(data);
      else log(text);
    },
  };
}
