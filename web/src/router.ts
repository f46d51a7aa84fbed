/** Which of the page's addresses is shown. The server knows the same ones (`crates/server/src/page/`). */
import { Store } from "./store";

export type Route =
  | { page: "problems" }
  | { page: "problem"; id: string }
  | { page: "submissions" }
  | { page: "submission"; id: string }
  | { page: "status" }
  | { page: "unknown" };

export function routeOf(path: string): Route {
  const [first, second, ...more] = path.split("/").filter(Boolean).map(decoded);
  if (more.length > 0) return { page: "unknown" };
  if (first === undefined) return { page: "problems" };
  if (first === "problems")
    return second === undefined ? { page: "problems" } : { page: "problem", id: second };
  if (first === "submissions") {
    return second === undefined ? { page: "submissions" } : { page: "submission", id: second };
  }
  return first === "status" && second === undefined ? { page: "status" } : { page: "unknown" };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = new Store<Route>(routeOf(globalThis.location?.pathname ?? "/"));

export function go(path: string): void {
  history.pushState(null, "", path);
  route.set(routeOf(path));
  scrollTo(0, 0);
}

export function followAddress(): void {
  addEventListener("popstate", () => route.set(routeOf(location.pathname)));
}
