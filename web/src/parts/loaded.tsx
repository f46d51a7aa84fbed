import { type ReactNode, useEffect, useState } from "react";
import { explain } from "../api/client";

export type Loading<T> =
  | { state: "loading" }
  | { state: "failed"; error: unknown }
  | { state: "here"; value: T };

/** Asks again when `key` changes, and when told to. What was known stays shown meanwhile. */
export function useLoaded<T>(key: string, ask: () => Promise<T>): [Loading<T>, () => void] {
  const [loading, setLoading] = useState<Loading<T>>({ state: "loading" });
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `ask` is made anew in each rendering; `key` says when it is another
  useEffect(() => {
    let wanted = true;
    ask().then(
      (value) => wanted && setLoading({ state: "here", value }),
      (error: unknown) =>
        wanted && setLoading((known) => (known.state === "here" ? known : { state: "failed", error })),
    );
    return () => {
      wanted = false;
    };
  }, [key, round]);
  return [loading, () => setRound((before) => before + 1)];
}

interface LoadedProps<T> {
  loading: Loading<T>;
  again: () => void;
  children: (value: T) => ReactNode;
}

export function Loaded<T>({ loading, again, children }: LoadedProps<T>) {
  if (loading.state === "here") return children(loading.value);
  if (loading.state === "loading") return <p className="quiet">Loading…</p>;
  return (
    <div role="alert" className="notice notice-bad">
      <p>{explain(loading.error)}</p>
      <button type="button" onClick={again}>
        Try again
      </button>
    </div>
  );
}
