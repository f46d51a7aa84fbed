/** Who uses the page, and what changes with that. */
import { type Account, accountApi } from "../api/account";
import { ApiError, api, handleMissingLogin, type Schemas } from "../api/client";
import { queryClient } from "../api/queries";
import { changeOwner, isKeyOf, storageOwner, write } from "../storage";
import { Store, useStore } from "../store";
import { connection, startStream, stopStream } from "../stream/live";

export type Session =
  | { mode: "loading" }
  /** Everybody who opens the page is a user. */
  | { mode: "open" }
  /** Only programs with API keys are users. */
  | { mode: "keys" }
  | {
      mode: "accounts";
      registration: Schemas["RegistrationMode"];
      /** Name of the OpenID provider. */
      provider: string | null;
      account: Account | null;
    };

/** The log-in dialog; undefined while it is closed. */
export interface LoginPrompt {
  view: "login" | "register";
  /** Reason why it opened by itself. */
  reason?: string;
}

export const session = new Store<Session>({ mode: "loading" });
export const loginPrompt = new Store<LoginPrompt | undefined>(undefined);
/** Grows when everything on screen belongs to somebody who is gone. */
export const visit = new Store(0);

/** Key by which tabs tell each other that somebody logged in or out. */
const CHANGE_KEY = "session";
/** First parts of the keys of queries whose answers are the same for everybody. */
const PUBLIC_QUERIES = ["problems", "problem", "languages", "status", "config"];

/** True if the user may run, submit and read. */
export function mayWork(current: Session): boolean {
  return current.mode === "open" || (current.mode === "accounts" && current.account !== null);
}

export function useMayWork(): boolean {
  return mayWork(useStore(session));
}

/** Returns the name of the OpenID provider; null without one. */
export function useProvider(): string | null {
  const current = useStore(session);
  return current.mode === "accounts" ? current.provider : null;
}

/** Returns the account that is logged in. */
export function useAccount(): Account | undefined {
  const current = useStore(session);
  return current.mode === "accounts" ? (current.account ?? undefined) : undefined;
}

export async function startSession(): Promise<void> {
  handleMissingLogin(onMissingLogin);
  connection.subscribe(() => {
    // No socket opens: the session may have ended.
    if (connection.get() === "polling") void refreshSession();
  });
  addEventListener("storage", (event) => {
    if (!isKeyOf(event, CHANGE_KEY)) return;
    if (event.newValue?.startsWith("out")) leave();
    else void refreshSession();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) void refreshSession();
  });
  try {
    const { auth } = await api.config();
    if (auth.mode === "accounts") {
      const account = await loadAccount();
      changeOwner(account?.id);
      const { registration, provider } = auth;
      session.set({
        mode: "accounts",
        registration: registration ?? "closed",
        provider: provider ?? null,
        account,
      });
    } else session.set({ mode: auth.mode });
  } catch {
    // Without an answer the page shows what is wrong when it loads its data.
    session.set({ mode: "open" });
  }
  if (mayWork(session.get())) startStream();
}

/** Returns the account of this browser's session; null without one. */
async function loadAccount(): Promise<Account | null> {
  try {
    return await accountApi.get();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** Asks the server again who is logged in: another tab or device may have changed it. */
async function refreshSession(): Promise<void> {
  const current = session.get();
  if (current.mode !== "accounts") return;
  const account = await loadAccount().catch(() => undefined);
  if (account === null) endSession();
  else if (account !== undefined && account.id !== current.account?.id) enter(account);
}

function onMissingLogin(isQuiet: boolean): void {
  const current = session.get();
  if (current.mode !== "accounts") return;
  const hasEnded = current.account !== null;
  if (hasEnded) endSession();
  if (isQuiet && !hasEnded) return;
  loginPrompt.set({
    view: "login",
    reason: hasEnded
      ? "Your session has ended. Log in again to go on; what you wrote is still here."
      : "This needs a log-in. What you wrote stays here.",
  });
}

/** Takes over an account that has just logged in or was changed. */
export function enter(account: Account): void {
  const current = session.get();
  if (current.mode !== "accounts") return;
  const before = storageOwner();
  changeOwner(account.id);
  if (before !== undefined && before !== account.id) visit.set(visit.get() + 1);
  session.set({ ...current, account });
  loginPrompt.set(undefined);
  void resetOwnQueries();
  startStream();
}

/** Logs in here, and tells other tabs. */
export function logIn(account: Account): void {
  enter(account);
  write(CHANGE_KEY, `in ${Date.now()}`);
}

/** Logs out. If the server can't be reached, the error is thrown and nothing changes. */
export async function logOut(isEverywhere = false): Promise<void> {
  await (isEverywhere ? accountApi.logOutEverywhere() : accountApi.logOut()).catch((error: unknown) => {
    // A session that has ended already is one that was logged out.
    if (!(error instanceof ApiError && error.status === 401)) throw error;
  });
  leave();
  write(CHANGE_KEY, `out ${Date.now()}`);
}

/** Leaves nothing of the account on screen or in memory. Drafts stay stored for its next log-in. */
export function leave(): void {
  const current = session.get();
  if (current.mode !== "accounts") return;
  changeOwner(undefined);
  endSession();
  visit.set(visit.get() + 1);
  loginPrompt.set(undefined);
}

/** The session is over; drafts on screen stay, for the case that the same person logs in again. */
function endSession(): void {
  const current = session.get();
  if (current.mode !== "accounts" || current.account === null) return;
  stopStream();
  session.set({ ...current, account: null });
  queryClient.removeQueries({ predicate: isOwnQuery });
  queryClient.getMutationCache().clear();
}

async function resetOwnQueries(): Promise<void> {
  await queryClient.resetQueries({ predicate: isOwnQuery });
}

function isOwnQuery({ queryKey }: { queryKey: readonly unknown[] }): boolean {
  return !PUBLIC_QUERIES.includes(String(queryKey[0]));
}
