/** Runs programs in the browser or on the server, by the strategy of their placement. */
import { api, errorMessage, type Schemas } from "../api/client";
import { Executor } from "../executor/executor";
import { hitBrowserLimit, isBrowserLanguage, type RunReport, reportFromServer } from "../executor/report";

const executor = new Executor();

/** Starts a spare worker, so that the next run in this language starts at once. */
export function prepare(language: string): void {
  if (!isBrowserLanguage(language)) return;
  executor.prepare(language).catch(() => undefined);
}

export function isReady(language: string): boolean {
  return isBrowserLanguage(language) && executor.isReady(language);
}

export interface RunTask {
  language: string;
  code: string;
  input: string;
  strategy: Schemas["Strategy"];
  onOutput?: (stdout: string) => void;
  signal?: AbortSignal;
}

export async function run(task: RunTask): Promise<RunReport> {
  const { language, code, input, strategy, onOutput, signal } = task;
  if (strategy === "server" || !isBrowserLanguage(language)) return runOnServer(task);
  const report = await executor.run(language, { code, input }, { onOutput, signal });
  if (strategy === "client" || !hitBrowserLimit(report) || signal?.aborted) return report;
  const serverReport = await runOnServer(task);
  // The browser's report is better than none.
  return serverReport.outcome.kind === "internal_error" ? report : serverReport;
}

async function runOnServer({ language, code, input, signal }: RunTask): Promise<RunReport> {
  try {
    return reportFromServer(await api.test({ language, code, input }, signal));
  } catch (error) {
    const outcome = signal?.aborted
      ? ({ kind: "stopped" } as const)
      : ({ kind: "internal_error", detail: errorMessage(error) } as const);
    return { place: "server", outcome, stdout: "", stderr: "", time: 0 };
  }
}
