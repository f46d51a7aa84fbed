import { useCallback, useState } from "react";
import { read, remove, write } from "../storage";
import type { Case } from "./use-runs";

/** What a person tries a program with, beside the samples. */
export interface CustomTest {
  input: string;
  /** Without it the output is only shown. */
  expected?: string;
}

/** Never empty. */
export interface CustomTests {
  all: CustomTest[];
  change(at: number, test: CustomTest): void;
  add(test: CustomTest): void;
  remove(at: number): void;
}

export const MAX_CUSTOM_TESTS = 20;
/** Of all of one problem's; larger ones last until the page is closed. */
const MAX_KEPT_CHARACTERS = 100_000;

/** What was kept may be from another version, or anybody's. */
export function parseCustomTests(text: string | undefined): CustomTest[] {
  try {
    const kept: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(kept)) return [];
    return kept
      .filter((one) => typeof one?.input === "string")
      .map(({ input, expected }) => (typeof expected === "string" ? { input, expected } : { input }))
      .slice(0, MAX_CUSTOM_TESTS);
  } catch {
    return [];
  }
}

export const casesOf = (tests: CustomTest[]): Case[] =>
  tests.map((one, at) => ({ name: `Custom test ${at + 1}`, input: one.input, expected: one.expected }));

/** A person's own tests for a problem, kept in the browser; at first one with `input`. */
export function useCustomTests(problemId: string, input: string): CustomTests {
  const key = `tests:${problemId}`;
  const [all, setAll] = useState(() => {
    const kept = parseCustomTests(read(key));
    return kept.length > 0 ? kept : [{ input }];
  });
  const put = useCallback(
    (next: CustomTest[]) => {
      setAll(next);
      const text = JSON.stringify(next);
      const isAsAtFirst = next.length === 1 && next[0]?.input === input && next[0].expected === undefined;
      if (isAsAtFirst || text.length > MAX_KEPT_CHARACTERS) remove(key);
      else write(key, text);
    },
    [key, input],
  );
  return {
    all,
    change: (at, test) => put(all.map((one, index) => (index === at ? test : one))),
    add: (test) => put([...all, test].slice(0, MAX_CUSTOM_TESTS)),
    remove: (at) => put(all.filter((_, index) => index !== at)),
  };
}
