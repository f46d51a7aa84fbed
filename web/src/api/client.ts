/** Client of the server's API. Its types are generated from the server's OpenAPI document. */
import type { components, operations } from "../generated/api";
import { registerLanguages } from "../languages";
import { userHeaders } from "./user";

export type Schemas = components["schemas"];

/** Body of an operation's answer: that of status 201 if there is one, else of 200. */
export type ResponseBody<K extends keyof operations> = operations[K]["responses"] extends {
  201: { content: { "application/json": infer T } };
}
  ? T
  : operations[K]["responses"] extends { 200: { content: { "application/json": infer T } } }
    ? T
    : never;

export type Problem = ResponseBody<"getProblem">;
export type ProblemSummary = Schemas["ProblemSummary"];
export type Submission = Schemas["Submission"];
export type SubmissionSummary = Schemas["SubmissionSummary"];
export type TestResult = Schemas["TestResult"];
export type Verdict = Schemas["Verdict"];
export type VerdictSummary = Schemas["VerdictSummary"];
export type Language = Schemas["LanguageInfo"];
export type ServiceStatus = Schemas["ServiceStatus"];
export type StatusHistory = Schemas["StatusHistory"];

/** Error of a request: the server refused it, or could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly kind: string,
    message: string,
    /** HTTP status; 0 if there was no answer. */
    readonly status: number,
  ) {
    super(message);
  }

  get isOffline(): boolean {
    return this.status === 0;
  }
}

/** Returns a readable message for anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function request<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { ...userHeaders, ...init?.headers } });
  } catch (error) {
    if (init?.signal?.aborted) throw error;
    throw new ApiError("offline", "The server can't be reached. Your code is saved in this browser.", 0);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body as T;
  const problem = body as Partial<Schemas["Problem"]> | undefined;
  const detail = problem?.detail ?? `The server answered ${response.status} ${response.statusText}.`;
  throw new ApiError(problem?.type ?? "unknown", detail, response.status);
}

function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const headers = { "content-type": "application/json" };
  return request(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

const encode = encodeURIComponent;

export const api = {
  problems: () => request<ResponseBody<"listProblems">>("/api/problems").then((answer) => answer.problems),
  problem: (id: string, language?: string) =>
    request<Problem>(`/api/problems/${encode(id)}${language ? `?lang=${encode(language)}` : ""}`),
  languages: () =>
    request<ResponseBody<"listLanguages">>("/api/languages").then((answer) => {
      registerLanguages(answer.languages);
      return answer.languages;
    }),
  status: () => request<ServiceStatus>("/api/status"),
  history: () => request<StatusHistory>("/api/status/history"),
  submission: (id: string) => request<Submission>(`/api/submission/${encode(id)}`),
  comparison: (id: string) =>
    request<ResponseBody<"compareSubmission">>(`/api/submission/${encode(id)}/comparison`),
  source: (id: string) => request<ResponseBody<"getSource">>(`/api/submission/${encode(id)}/source`),
  /** Submissions of this user. */
  submissions: (problemId?: string, cursor?: string | null) => {
    const query = new URLSearchParams();
    if (problemId) query.set("problemId", problemId);
    if (cursor) query.set("cursor", cursor);
    return request<ResponseBody<"listSubmissions">>(`/api/submissions?${query}`);
  },
  submit: (request: Schemas["SubmitRequest"]) => post<ResponseBody<"submit">>("/api/submit", request),
  hint: (request: Schemas["HintRequest"]) => post<Schemas["HintAnswer"]>("/api/hints", request),
  chooseStrategy: (request: Schemas["RouteRequest"], signal?: AbortSignal) =>
    post<ResponseBody<"routeRun">>("/api/route", request, signal),
  test: (request: Schemas["TestRequest"], signal?: AbortSignal) =>
    post<ResponseBody<"runSnippet">>("/api/test", request, signal),
};
