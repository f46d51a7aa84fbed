/** Requests about accounts. */
import { encode, type ResponseBody, request, type Schemas, send } from "./client";

export type Account = Schemas["AccountAnswer"];
export type ApiKey = Schemas["KeyAnswer"];
export type Profile = ResponseBody<"getProfile">;

export const accountApi = {
  get: () => request<Account>("/api/account", { isQuiet: true }),
  register: (request: Schemas["RegisterRequest"]) => send<Account>("POST", "/api/auth/register", request),
  logIn: (request: Schemas["LoginRequest"]) => send<Account>("POST", "/api/auth/login", request),
  /** Begins a log-in that goes on at the OpenID provider. */
  logInAtProvider: (request: Schemas["ProviderLoginRequest"]) =>
    send<ResponseBody<"logInAtProvider">>("POST", "/api/auth/provider", request),
  waysIn: () => request<ResponseBody<"listIdentities">>("/api/account/identities"),
  linkIdentity: (password: string | undefined) =>
    send<ResponseBody<"linkIdentity">>("POST", "/api/account/identities", { password }),
  unlinkIdentity: (id: string, password: string | undefined) =>
    send<void>("DELETE", `/api/account/identities/${encode(id)}`, { password }),
  logOut: () => send<void>("POST", "/api/auth/logout", undefined, { isQuiet: true }),
  logOutEverywhere: () => send<void>("POST", "/api/auth/logout-everywhere"),
  changePassword: (request: Schemas["PasswordRequest"]) => send<void>("POST", "/api/auth/password", request),
  rename: (name: string) => send<Account>("POST", "/api/account/name", { name }),
  erase: (password: string | undefined) => send<void>("DELETE", "/api/account", { password }),
  /** Takes the submissions of a browser's secret into the account. */
  claim: (secret: string) => send<ResponseBody<"claimSubmissions">>("POST", "/api/account/claim", { secret }),
  keys: () => request<ResponseBody<"listKeys">>("/api/account/keys").then((answer) => answer.keys),
  addKey: (request: Schemas["KeyRequest"]) =>
    send<ResponseBody<"addKey">>("POST", "/api/account/keys", request),
  revokeKey: (id: ApiKey["id"]) => send<void>("DELETE", `/api/account/keys/${encode(String(id))}`),
  flag: () => request<ResponseBody<"getFlag">>("/api/flag"),
  profile: (name: string) => request<Profile>(`/api/users/${encode(name)}`),
};
