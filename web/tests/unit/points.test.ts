import { expect, test } from "vitest";
import { describePoints, isPartial, isSolved } from "../../src/points";

test.each([
  ["Accepted", 80.7, 100, "80.7 of 100 points", true, false],
  ["Accepted", 0.1 + 0.2, 1, "0.3 of 1 points", true, false],
  ["Accepted", 100 - 1e-9, 100, "100 of 100 points", false, true],
  ["Accepted", 3, undefined, "3 points", false, true],
  ["Accepted", undefined, undefined, undefined, false, true],
  ["Time Limit Exceeded", 60, 100, "60 of 100 points", false, false],
] as const)("%s with %s of %s", (status, score, maxScore, text, partial, solved) => {
  const verdict = { status, score, maxScore };
  expect(describePoints(verdict)).toBe(text);
  expect(isPartial(verdict)).toBe(partial);
  expect(isSolved(verdict)).toBe(solved);
});
