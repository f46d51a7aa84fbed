/** Runs wherever it is best: here for languages that browsers speak, on the server for the others. */
import { api, explain } from "../api/client";
import { Executor } from "../executor/executor";
import { fromServer, isBrowserLanguage, type RunReport } from "../executor/report";

const executor = new Executor();

/** So that the next run in this language starts in a worker that is up already. */
export function prepare(language: string): void {
  if (!isBrowserLanguage(language)) return;
  executor.prepare(language).catch(() => undefined);
}

export function isReady(language: string): boolean {
  return isBrowserLanguage(language) && executor.isReady(language);
}

export interface Task {
  language: string;
  code: string;
  input: string;
  place?: "server";
  onOutput?: (stdout: string) => void;
  signal?: AbortSignal;
}

export async function run({ language, code, input, place, onOutput, signal }: Task): Promise<RunReport> {
  if (place !== "server" && isBrowserLanguage(language)) {
    return executor.run(language, { code, input }, { onOutput, signal });
  }
  try {
    return fromServer(await api.test({ language, code, input }, signal));
  } catch (error) {
    const ending = signal?.aborted
      ? ({ kind: "stopped" } as const)
      : ({ kind: "our_fault", detail: explain(error) } as const);
    return { place: "server", ending, stdout: "", stderr: "", time: 0 };
  }
}
