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
export type ServiceConfig = ResponseBody<"getConfig">;

interface ErrorDetails {
  /** The field of the request that caused it. */
  field?: string;
  /** All mistakes of a package that was refused. */
  errors?: string[];
  /** Seconds after which it is worth trying again. */
  retryAfter?: number;
}

/** Error of a request: the server refused it, or could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly kind: string,
    message: string,
    /** HTTP status; 0 if there was no answer. */
    readonly status: number,
    readonly details: ErrorDetails = {},
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

/** Called when a request was refused because nobody is logged in. `isQuiet`: nobody asked for it. */
type LoginHandler = (isQuiet: boolean) => void;

let onLoginMissing: LoginHandler = () => undefined;

export function handleMissingLogin(handler: LoginHandler): void {
  onLoginMissing = handler;
}

export interface RequestOptions extends RequestInit {
  /** True for requests that the user did not ask for. */
  isQuiet?: boolean;
}

export async function request<T>(
  path: string,
  { isQuiet = false, ...init }: RequestOptions = {},
): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { ...userHeaders, ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw offlineError();
  }
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body as T;
  throw refusal(response.status, response.statusText, response.headers.get("retry-after"), body, isQuiet);
}

export function offlineError(): ApiError {
  return new ApiError("offline", "The server can't be reached. Your code is saved in this browser.", 0);
}

/** Returns the error of an answer that is not a success. */
export function refusal(
  status: number,
  statusText: string,
  retryAfter: string | null,
  body: unknown,
  isQuiet = false,
): ApiError {
  const problem = body as Partial<Schemas["Problem"]> | undefined;
  const kind = problem?.type ?? "unknown";
  if (status === 401 && kind.endsWith(":credentials-required")) onLoginMissing(isQuiet);
  const seconds = Number(retryAfter ?? Number.NaN);
  return new ApiError(kind, problem?.detail ?? `The server answered ${status} ${statusText}.`, status, {
    field: problem?.field ?? undefined,
    errors: problem?.errors ?? undefined,
    retryAfter: Number.isFinite(seconds) ? seconds : undefined,
  });
}

export function send<T>(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<T> {
  const headers = body === undefined ? undefined : { "content-type": "application/json" };
  return request(path, { ...options, method, headers, body: JSON.stringify(body) });
}

function post<T>(path: string, body: unknown, options?: RequestOptions): Promise<T> {
  return send("POST", path, body, options);
}

export const encode = encodeURIComponent;

/** Returns a query string of the values that are given. */
export function queryString(values: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(values).filter(
    ([, value]) => value !== undefined && value !== null && value !== "",
  );
  return given.length === 0
    ? ""
    : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

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
  config: () => request<ServiceConfig>("/api/config"),
  /** `link`: secret of a link that the submission's user made. */
  submission: (id: string, link?: string) =>
    request<Submission>(`/api/submission/${encode(id)}${queryString({ link })}`),
  comparison: (id: string) =>
    request<ResponseBody<"compareSubmission">>(`/api/submission/${encode(id)}/comparison`),
  source: (id: string, link?: string) =>
    request<ResponseBody<"getSource">>(`/api/submission/${encode(id)}/source${queryString({ link })}`),
  addLink: (id: string) => send<ResponseBody<"addLink">>("POST", `/api/submission/${encode(id)}/links`),
  endLinks: (id: string) => send<void>("DELETE", `/api/submission/${encode(id)}/links`),
  /** Submissions of this user. */
  submissions: (problemId?: string, cursor?: string | null) =>
    request<ResponseBody<"listSubmissions">>(`/api/submissions${queryString({ problemId, cursor })}`),
  submit: (request: Schemas["SubmitRequest"]) => post<ResponseBody<"submit">>("/api/submit", request),
  hint: (request: Schemas["HintRequest"]) =>
    post<Schemas["HintAnswer"]>("/api/hints", request, { isQuiet: true }),
  chooseStrategy: (request: Schemas["RouteRequest"], signal?: AbortSignal) =>
    post<ResponseBody<"routeRun">>("/api/route", request, { isQuiet: true, signal }),
  test: (request: Schemas["TestRequest"], signal?: AbortSignal) =>
    post<ResponseBody<"runSnippet">>("/api/test", request, { signal }),
};
