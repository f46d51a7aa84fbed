/** The page's addresses. The server has the same list (`crates/server/src/page/`). */
import { Store } from "./store";

export type Route =
  | { page: "problems" }
  | { page: "problem"; id: string }
  | { page: "problemSubmissions"; id: string }
  | { page: "submissions" }
  | { page: "submission"; id: string }
  | { page: "status" }
  | { page: "register" }
  | { page: "login" }
  | { page: "account" }
  | { page: "profile"; name: string }
  | { page: "admin" }
  | { page: "unknown" };

/** Pages whose address is their name. */
const SINGLE_PAGES = ["status", "register", "login", "account", "admin"] as const;

export function parseRoute(path: string): Route {
  const [section, id, ...rest] = path.split("/").filter(Boolean).map(decodePart);
  if (section === "problems" && id !== undefined && rest.length === 1 && rest[0] === "submissions")
    return { page: "problemSubmissions", id };
  if (rest.length > 0) return { page: "unknown" };
  if (section === undefined) return { page: "problems" };
  if (section === "problems") return id === undefined ? { page: "problems" } : { page: "problem", id };
  if (section === "submissions") {
    return id === undefined ? { page: "submissions" } : { page: "submission", id };
  }
  if (section === "users" && id !== undefined) return { page: "profile", name: id };
  const single = SINGLE_PAGES.find((page) => page === section);
  return single !== undefined && id === undefined ? { page: single } : { page: "unknown" };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = new Store<Route>(parseRoute(globalThis.location?.pathname ?? "/"));

export function navigate(path: string): void {
  history.pushState(null, "", path);
  route.set(parseRoute(new URL(path, location.href).pathname));
  scrollTo(0, 0);
}

export function startRouter(): void {
  addEventListener("popstate", () => route.set(parseRoute(location.pathname)));
}
