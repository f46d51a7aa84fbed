/** Loading and caching of what the server answers: a key and a request for each query of the page. */
import { infiniteQueryOptions, QueryClient, queryOptions } from "@tanstack/react-query";
import { accountApi } from "./account";
import { adminApi } from "./admin";
import { api } from "./client";

/** Interval between two requests for the service's status. */
const STATUS_REFRESH_MS = 5_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Each request is sent even if the browser believes that it is offline: the server may be local.
      networkMode: "always",
      // Errors are shown at once, with a button that tries again.
      retry: false,
      refetchOnReconnect: true,
      refetchOnWindowFocus: false,
    },
  },
});

/** Repeats requests that failed; called when the server can be reached again. */
export function retryFailedQueries(): void {
  void queryClient.refetchQueries({ type: "active", predicate: (query) => query.state.error !== null });
}

export const queries = {
  problems: () => queryOptions({ queryKey: ["problems"], queryFn: api.problems }),
  problem: (id: string, statementLanguage?: string) =>
    queryOptions({
      queryKey: ["problem", id, statementLanguage ?? null],
      queryFn: () => api.problem(id, statementLanguage),
    }),
  languages: () => queryOptions({ queryKey: ["languages"], queryFn: api.languages }),
  status: () =>
    queryOptions({ queryKey: ["status"], queryFn: api.status, refetchInterval: STATUS_REFRESH_MS }),
  statusHistory: () =>
    queryOptions({
      queryKey: ["status", "history"],
      queryFn: api.history,
      refetchInterval: ({ state }) => state.data?.interval ?? false,
    }),
  config: () => queryOptions({ queryKey: ["config"], queryFn: api.config }),
  submission: (id: string, link?: string) =>
    queryOptions({ queryKey: ["submission", id, link ?? null], queryFn: () => api.submission(id, link) }),
  comparison: (id: string) =>
    queryOptions({ queryKey: ["submission", id, "comparison"], queryFn: () => api.comparison(id) }),
  source: (id: string, link?: string) =>
    // Sources never change.
    queryOptions({
      queryKey: ["submission", id, "source", link ?? null],
      queryFn: () => api.source(id, link),
      staleTime: Number.POSITIVE_INFINITY,
    }),
  keys: () => queryOptions({ queryKey: ["account", "keys"], queryFn: accountApi.keys }),
  flag: () => queryOptions({ queryKey: ["account", "flag"], queryFn: accountApi.flag }),
  waysIn: () => queryOptions({ queryKey: ["account", "ways"], queryFn: accountApi.waysIn }),
  profile: (name: string) =>
    queryOptions({ queryKey: ["profile", name], queryFn: () => accountApi.profile(name) }),
  /** All submissions to a problem, for those who manage it. */
  problemSubmissions: (id: string) =>
    infiniteQueryOptions({
      queryKey: ["problem-submissions", id],
      queryFn: ({ pageParam }) => adminApi.problemSubmissions(id, pageParam),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.nextCursor,
    }),
  /** Submissions of this user, newest first, page by page; those of one problem if it is given. */
  submissions: (problemId?: string) =>
    infiniteQueryOptions({
      queryKey: ["submissions", problemId ?? null],
      queryFn: ({ pageParam }) => api.submissions(problemId, pageParam),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.nextCursor,
    }),
};
