import type { ReactNode } from "react";
import { errorMessage } from "../api/client";

interface QueryViewProps<T> {
  query: { data: T | undefined; error: unknown; refetch(): unknown };
  children: (data: T) => ReactNode;
}

/** Shows the data of a query once it is loaded. Data stays on screen when loading it again fails. */
export function QueryView<T>({ query, children }: QueryViewProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error === null) return <p className="quiet">Loading…</p>;
  return <LoadError error={query.error} onRetry={() => query.refetch()} />;
}

function LoadError({ error, onRetry }: { error: unknown; onRetry(): void }) {
  return (
    <div role="alert" className="notice notice-bad">
      <p>{errorMessage(error)}</p>
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
