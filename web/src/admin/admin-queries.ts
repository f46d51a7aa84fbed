/** What the admin page loads. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type AuditFilter, adminApi, type ViolationFilter } from "../api/admin";
import { ApiError } from "../api/client";
import { queryClient } from "../api/queries";

const PROGRESS_REFRESH_MS = 2_000;

export const adminQueries = {
  users: () =>
    infiniteQueryOptions({
      queryKey: ["admin", "users"],
      queryFn: ({ pageParam }) => adminApi.users(pageParam),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
    }),
  invitations: () => queryOptions({ queryKey: ["admin", "invitations"], queryFn: adminApi.invitations }),
  keys: () => queryOptions({ queryKey: ["admin", "keys"], queryFn: adminApi.keys }),
  flags: () => queryOptions({ queryKey: ["admin", "flags"], queryFn: adminApi.flags }),
  violations: (filter: ViolationFilter) =>
    infiniteQueryOptions({
      queryKey: ["admin", "violations", filter],
      queryFn: ({ pageParam }) => adminApi.violations(filter, pageParam),
      initialPageParam: null as number | null,
      getNextPageParam: (page) => page.nextBefore,
    }),
  violation: (id: number) =>
    queryOptions({ queryKey: ["admin", "violation", id], queryFn: () => adminApi.violation(id) }),
  audit: (filter: AuditFilter) =>
    infiniteQueryOptions({
      queryKey: ["admin", "audit", filter],
      queryFn: ({ pageParam }) => adminApi.audit(filter, pageParam),
      initialPageParam: null as number | null,
      getNextPageParam: (page) => page.nextBefore,
    }),
  rejudge: (id: string) =>
    queryOptions({
      queryKey: ["admin", "rejudge", id],
      queryFn: () =>
        adminApi.rejudgeProgress(id).catch((error: unknown) => {
          // It was never rejudged.
          if (error instanceof ApiError && error.status === 404) return null;
          throw error;
        }),
      refetchInterval: ({ state }) => ((state.data?.remaining ?? 0) > 0 ? PROGRESS_REFRESH_MS : false),
    }),
};

/** Loads again what an action has changed; everything of the admin page that is on screen. */
export function reloadAdmin(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ["admin"] });
}
