/** The page's addresses. The server has the same list (`crates/server/src/page/`). */
import { Store } from "./store";

export type Route =
  | { page: "problems" }
  | { page: "problem"; id: string }
  | { page: "submissions" }
  | { page: "submission"; id: string }
  | { page: "status" }
  | { page: "unknown" };

export function parseRoute(path: string): Route {
  const [section, id, ...rest] = path.split("/").filter(Boolean).map(decodePart);
  if (rest.length > 0) return { page: "unknown" };
  if (section === undefined) return { page: "problems" };
  if (section === "problems") return id === undefined ? { page: "problems" } : { page: "problem", id };
  if (section === "submissions") {
    return id === undefined ? { page: "submissions" } : { page: "submission", id };
  }
  return section === "status" && id === undefined ? { page: "status" } : { page: "unknown" };
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
  route.set(parseRoute(path));
  scrollTo(0, 0);
}

export function startRouter(): void {
  addEventListener("popstate", () => route.set(parseRoute(location.pathname)));
}
