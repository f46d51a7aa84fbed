/** Requests of the admin page, and of those who manage problems. */
import {
  encode,
  offlineError,
  queryString,
  type ResponseBody,
  refusal,
  request,
  type Schemas,
  send,
} from "./client";
import { userHeaders } from "./user";

export type Violation = Schemas["Violation"];
export type AccountFlag = Schemas["AccountFlag"];
export type Role = Schemas["Role"];
export const ROLES: Role[] = ["user", "setter", "admin"];
export type Invitation = Schemas["OpenInvitation"];

/** Text of a program; bytes that are no text are in base64. */
export type EvidenceText = string | { base64: string };

interface OutputExcerpt {
  first: EvidenceText;
  last: EvidenceText;
  totalBytes: number;
}

/** All that shows what a program did. The server's document calls it an object. */
export interface Evidence {
  run: { language?: string; files: { name?: string | null; content: EvidenceText }[]; stdin?: EvidenceText };
  isTruncated: boolean;
  executionTime: number;
  wallTime: number;
  memoryUsed: number;
  stdout: OutputExcerpt;
  stderr: OutputExcerpt;
  toolchain: string;
  policy: string;
}

export type ViolationDetail = Violation & { evidence?: Evidence | null };

export interface ViolationFilter {
  user?: string;
  since?: number;
}

export interface AuditFilter {
  user?: string;
  action?: string;
}

const PAGE_SIZE = 50;

export const adminApi = {
  users: (after: string | null) =>
    request<ResponseBody<"listUsers">>(`/api/admin/users${queryString({ after, limit: PAGE_SIZE })}`),
  changeRole: (id: string, role: Role) => send("POST", `/api/admin/users/${encode(id)}`, { role }),
  invite: (body: Schemas["InvitationRequest"]) =>
    send<ResponseBody<"invite">>("POST", "/api/admin/invitations", body),
  invitations: () =>
    request<ResponseBody<"listInvitations">>("/api/admin/invitations").then((answer) => answer.invitations),
  revokeInvitation: (id: string) => send<void>("DELETE", `/api/admin/invitations/${encode(id)}`),
  keys: () => request<ResponseBody<"listAllKeys">>("/api/admin/keys").then((answer) => answer.keys),
  revokeKey: (id: string) => send<void>("DELETE", `/api/admin/keys/${encode(id)}`),
  flags: () => request<ResponseBody<"listFlags">>("/api/admin/flags").then((answer) => answer.flags),
  changeFlag: (name: string, body: Schemas["FlagRequest"]) =>
    send<AccountFlag>("POST", `/api/admin/flags/${encode(name)}`, body),
  violations: (filter: ViolationFilter, before: number | null) =>
    request<ResponseBody<"listViolations">>(
      `/api/admin/violations${queryString({ ...filter, before, limit: PAGE_SIZE })}`,
    ),
  violation: (id: number) => request<ViolationDetail>(`/api/admin/violations/${id}`),
  audit: (filter: AuditFilter, before: number | null) =>
    request<ResponseBody<"listAuditEvents">>(
      `/api/admin/audit${queryString({ ...filter, before, limit: PAGE_SIZE })}`,
    ),
  rejudge: (id: string) => send<Schemas["ProblemRejudge"]>("POST", `/api/problems/${encode(id)}/rejudge`),
  rejudgeProgress: (id: string) => request<Schemas["ProblemRejudge"]>(`/api/problems/${encode(id)}/rejudge`),
  removeProblem: (id: string) => send<void>("DELETE", `/api/problems/${encode(id)}`),
  problemSubmissions: (id: string, cursor: string | null) =>
    request<Schemas["ProblemSubmissions"]>(
      `/api/problems/${encode(id)}/submissions${queryString({ cursor, limit: PAGE_SIZE })}`,
    ),
};

/** Address of all submissions to a problem as CSV. */
export function csvAddress(problemId: string, hasCode: boolean): string {
  return `/api/problems/${encode(problemId)}/submissions${queryString({ format: "csv", code: hasCode ? "true" : null })}`;
}

/** Sends a package. `replaces`: id of the problem that it replaces. `onProgress` gets the share that is sent. */
export function uploadPackage(
  file: File,
  replaces: string | undefined,
  onProgress: (share: number) => void,
): Promise<Schemas["ImportedPackage"]> {
  const [method, path] =
    replaces === undefined ? ["POST", "/api/problems"] : ["PUT", `/api/problems/${encode(replaces)}`];
  // `fetch` doesn't tell how much of a body is sent.
  const upload = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    upload.open(method, path);
    for (const [name, value] of Object.entries(userHeaders)) upload.setRequestHeader(name, value);
    upload.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    upload.onerror = () => reject(offlineError());
    upload.onload = () => {
      const body = parseJson(upload.responseText);
      if (upload.status >= 200 && upload.status < 300) return resolve(body as Schemas["ImportedPackage"]);
      reject(refusal(upload.status, upload.statusText, upload.getResponseHeader("retry-after"), body));
    };
    const form = new FormData();
    form.append("file", file);
    upload.send(form);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
