/** Formatting of numbers and times. */

export function formatMilliseconds(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function formatMebibytes(bytes: number): string {
  const value = bytes / (1 << 20);
  return value < 10 ? `${value.toFixed(1)} MiB` : `${Math.round(value)} MiB`;
}

export function formatDateTime(unixMs: number): string {
  return new Date(unixMs).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export function formatDuration(seconds: number): string {
  const units: [number, string][] = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "min"],
  ];
  const parts: string[] = [];
  let remaining = seconds;
  for (const [size, name] of units) {
    if (remaining >= size) parts.push(`${Math.floor(remaining / size)} ${name}`);
    remaining %= size;
  }
  return parts.slice(0, 2).join(" ") || `${Math.floor(remaining)} s`;
}

export function plural(count: number, singular: string, pluralForm = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : pluralForm}`;
}
