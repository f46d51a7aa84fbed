import { useCallback, useState } from "react";
import { ownKey, read, remove, write } from "../storage";
import type { Case } from "./use-runs";

/** A test that the user wrote. */
export interface CustomTest {
  input: string;
  /** If it is missing, the output is shown but not compared. */
  expected?: string;
}

/** The user's tests for one problem; at least one. */
export interface CustomTests {
  all: CustomTest[];
  change(index: number, test: CustomTest): void;
  add(test: CustomTest): void;
  remove(index: number): void;
}

export const MAX_CUSTOM_TESTS = 20;
/** Limit of all tests of one problem together; larger ones last until the page is closed. */
const MAX_STORED_CHARACTERS = 100_000;

/** Reads stored tests; invalid ones are dropped. */
export function parseCustomTests(text: string | undefined): CustomTest[] {
  try {
    const stored: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(stored)) return [];
    return stored
      .filter((test) => typeof test?.input === "string")
      .map(({ input, expected }) => (typeof expected === "string" ? { input, expected } : { input }))
      .slice(0, MAX_CUSTOM_TESTS);
  } catch {
    return [];
  }
}

export const casesOf = (tests: CustomTest[]): Case[] =>
  tests.map(({ input, expected }, index) => ({ name: `Custom test ${index + 1}`, input, expected }));

/** The user's tests for a problem, stored in the browser; initially one with `initialInput`. */
export function useCustomTests(problemId: string, initialInput: string): CustomTests {
  const key = ownKey(`tests:${problemId}`);
  const [all, setAll] = useState(() => {
    const stored = parseCustomTests(read(key));
    return stored.length > 0 ? stored : [{ input: initialInput }];
  });
  const update = useCallback(
    (next: CustomTest[]) => {
      setAll(next);
      const text = JSON.stringify(next);
      const isInitial =
        next.length === 1 && next[0]?.input === initialInput && next[0].expected === undefined;
      if (isInitial || text.length > MAX_STORED_CHARACTERS) remove(key);
      else write(key, text);
    },
    [key, initialInput],
  );
  return {
    all,
    change: (index, test) => update(all.with(index, test)),
    add: (test) => update([...all, test].slice(0, MAX_CUSTOM_TESTS)),
    remove: (index) => update(all.toSpliced(index, 1)),
  };
}
