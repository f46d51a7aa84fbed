import { useCallback, useState } from "react";
import { forget, read, write } from "../storage";
import type { Case } from "./use-runs";

/** What a person tries a program with, beside the samples. */
export interface OwnTest {
  input: string;
  /** Without it the output is only shown. */
  expected?: string;
}

/** Never empty. */
export interface OwnTests {
  all: OwnTest[];
  change(at: number, test: OwnTest): void;
  add(test: OwnTest): void;
  remove(at: number): void;
}

export const MAX_OWN_TESTS = 20;
/** Of all of one problem's; larger ones last until the page is closed. */
const MAX_KEPT_CHARACTERS = 100_000;

/** What was kept may be from another version, or anybody's. */
export function ownTestsFrom(text: string | undefined): OwnTest[] {
  try {
    const kept: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(kept)) return [];
    return kept
      .filter((one) => typeof one?.input === "string")
      .map(({ input, expected }) => (typeof expected === "string" ? { input, expected } : { input }))
      .slice(0, MAX_OWN_TESTS);
  } catch {
    return [];
  }
}

export const casesOf = (tests: OwnTest[]): Case[] =>
  tests.map((one, at) => ({ name: `Own test ${at + 1}`, input: one.input, expected: one.expected }));

/** A person's own tests for a problem, kept in the browser; at first one with `input`. */
export function useOwnTests(problemId: string, input: string): OwnTests {
  const key = `tests:${problemId}`;
  const [all, setAll] = useState(() => {
    const kept = ownTestsFrom(read(key));
    return kept.length > 0 ? kept : [{ input }];
  });
  const put = useCallback(
    (next: OwnTest[]) => {
      setAll(next);
      const text = JSON.stringify(next);
      const isAsAtFirst = next.length === 1 && next[0]?.input === input && next[0].expected === undefined;
      if (isAsAtFirst || text.length > MAX_KEPT_CHARACTERS) forget(key);
      else write(key, text);
    },
    [key, input],
  );
  return {
    all,
    change: (at, test) => put(all.map((one, index) => (index === at ? test : one))),
    add: (test) => put([...all, test].slice(0, MAX_OWN_TESTS)),
    remove: (at) => put(all.filter((_, index) => index !== at)),
  };
}
