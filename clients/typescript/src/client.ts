import { ApiError, LetscodeError, RunFailed, Unreachable } from "./errors.js";
import { linesOf } from "./lines.js";
import type { components } from "./generated/schema.js";
import { fraction } from "./score.js";

type Schemas = components["schemas"];
type Run = Schemas["Run"];
type RunRequest = Schemas["RunRequest"];
type RunTest = Schemas["RunTestRequest"];
type Submission = Schemas["Submission"];

/** Settings of a client. */
export interface ClientOptions {
  /** Says whose submissions these are. */
  secret?: string;
  /** Milliseconds to wait for an answer; 300,000 by default. */
  timeout?: number;
  /** Times that a request is sent again when the server is busy or unreachable; 5 by default. */
  retries?: number;
}

/** A run's request without the language. */
export type RunOptions = Omit<RunRequest, "language" | "code">;

/** Result of one request of a batch: a run or an error. `index` is the request's place. */
export type BatchResult =
  | { index: number; run: Run; error?: undefined }
  | { index: number; run?: undefined; error: ApiError };

/** A line of a batch's answer: a run, or the reason why it was refused. */
type BatchLine = { index: number; problem?: Schemas["Problem"] } & Partial<Run>;

/** End of one attempt to send a request. */
type Attempt = { response: Response } | { error: LetscodeError; isRetried: boolean };

const RETRIED_STATUSES = new Set([429, 502, 503, 504]);
const LONGEST_PAUSE = 30_000;

/** A connection to a Let'sCode server. */
export class Client {
  readonly #base: string;
  readonly #options: ClientOptions;

  constructor(base = "http://127.0.0.1:3001", options: ClientOptions = {}) {
    this.#base = base.replace(/\/+$/, "");
    this.#options = options;
  }

  /** Runs one program on any number of tests. A program that fails is a result. */
  async run(language: string, code: string, options: Partial<RunOptions> = {}): Promise<Run> {
    return this.#json("POST", "/api/run", { language, code, ...options });
  }

  /** Returns the share of tests that a program passes, from 0 to 1. */
  async score(
    language: string,
    code: string,
    tests: RunTest[],
    options: Partial<RunOptions> = {},
  ): Promise<number> {
    return fraction(await this.run(language, code, { ...options, tests }));
  }

  /** Runs up to 10,000 programs, and returns results as they are ready. */
  async *runMany(requests: Iterable<Partial<RunRequest>>): AsyncGenerator<BatchResult> {
    const body = Array.from(requests, (request) => `${JSON.stringify(request)}\n`).join("");
    const headers = { "content-type": "application/x-ndjson" };
    const response = await this.#send("POST", "/api/run/batch", { body, headers });
    if (!response.body) {
      return;
    }
    for await (const line of linesOf(response.body)) {
      yield batchResult(JSON.parse(line));
    }
  }

  /** Returns a run that was made with `keepFor`. */
  async keptRun(id: string): Promise<Run> {
    return this.#json("GET", `/api/run/${encodeURIComponent(id)}`);
  }

  /** Cancels a run, or forgets one that has ended. */
  async cancelRun(id: string): Promise<void> {
    await this.#send("DELETE", `/api/run/${encodeURIComponent(id)}`);
  }

  /** Submits a solution to a problem, and returns it as it is now: not judged yet. */
  async submit(problemId: string, language: string, code: string): Promise<Submission> {
    const body = { problemId, language, code };
    const receipt: Schemas["Receipt"] = await this.#json("POST", "/api/submit", body);
    return this.submission(receipt.submissionId);
  }

  /** Returns a submission with its progress. */
  async submission(id: string): Promise<Submission> {
    return this.#json("GET", `/api/submission/${encodeURIComponent(id)}`);
  }

  /** Returns a submission when it has been judged, or throws after `timeout` milliseconds. */
  async wait(id: string, timeout = 300_000): Promise<Submission> {
    const end = Date.now() + timeout;
    for (let pause = 20; ; pause = Math.min(1000, pause * 1.5)) {
      const submission = await this.submission(id);
      if (["Completed", "Failed", "Cancelled"].includes(submission.status)) {
        return submission;
      }
      if (Date.now() > end) {
        throw new RunFailed(`${id} was not judged within ${timeout} ms`);
      }
      await sleep(pause);
    }
  }

  /** Returns the languages of the server. */
  async languages(): Promise<Schemas["LanguageList"]> {
    return this.#json("GET", "/api/languages");
  }

  async #json<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const content =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const response = await this.#send(method, path, content);
    return (await response.json()) as Answer;
  }

  /** Sends a request, again if the server is busy or could not be reached. */
  async #send(method: string, path: string, content: RequestInit = {}): Promise<Response> {
    const { retries = 5, timeout = 300_000, secret } = this.#options;
    const headers = new Headers(content.headers);
    if (secret !== undefined) {
      headers.set("authorization", `Bearer ${secret}`);
    }
    for (let attempt = 0; ; attempt += 1) {
      const signal = AbortSignal.timeout(timeout);
      const result = await this.#attempt(path, { ...content, method, headers, signal });
      if ("response" in result) {
        return result.response;
      }
      if (!result.isRetried || attempt >= retries) {
        throw result.error;
      }
      await sleep(pauseBefore(attempt, result.error));
    }
  }

  async #attempt(path: string, request: RequestInit): Promise<Attempt> {
    let response: Response;
    try {
      response = await fetch(this.#base + path, request);
    } catch (cause) {
      const error = new Unreachable(`${this.#base}: ${cause}`, { cause });
      return { error, isRetried: request.method === "GET" };
    }
    if (response.ok) {
      return { response };
    }
    return { error: await refusal(response), isRetried: RETRIED_STATUSES.has(response.status) };
  }
}

async function refusal(response: Response): Promise<ApiError> {
  const text = await response.text();
  let body: unknown = text;
  let detail = response.statusText;
  try {
    body = JSON.parse(text);
    detail = String((body as { detail?: unknown }).detail ?? detail);
  } catch {
    // A proxy answers in HTML.
  }
  const seconds = Number.parseFloat(response.headers.get("retry-after") ?? "");
  return new ApiError(response.status, detail, body, Number.isNaN(seconds) ? undefined : seconds);
}

function batchResult({ index, problem, ...run }: BatchLine): BatchResult {
  if (problem) {
    return { index, error: new ApiError(problem.status, problem.detail, problem) };
  }
  return { index, run: run as Run };
}

/** Milliseconds before another attempt: what the server asks for, or twice as long each time. */
function pauseBefore(attempt: number, error: LetscodeError): number {
  const asked = error instanceof ApiError ? error.retryAfter : undefined;
  const pause = asked === undefined ? 100 * 2 ** attempt : asked * 1000;
  return Math.min(pause, LONGEST_PAUSE) * (0.5 + Math.random() / 2) + (asked ?? 0) * 500;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
