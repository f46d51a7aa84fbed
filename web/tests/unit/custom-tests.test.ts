import { expect, test } from "vitest";
import { casesOf, MAX_CUSTOM_TESTS, parseCustomTests } from "../../src/workbench/use-custom-tests";

test("invalid stored tests are dropped", () => {
  for (const invalid of [undefined, "", "{", "null", "7", '{"input":"1"}', "[]", "[null, 7, {}]"])
    expect(parseCustomTests(invalid), invalid).toEqual([]);
  const stored = [{ input: "1 2\n" }, { input: "", expected: "3" }];
  expect(parseCustomTests(JSON.stringify(stored))).toEqual(stored);
  expect(parseCustomTests('[{"input":"1","expected":2,"more":3}]')).toEqual([{ input: "1" }]);
  expect(parseCustomTests(JSON.stringify(Array(100).fill({ input: "x" })))).toHaveLength(MAX_CUSTOM_TESTS);
});

test("each custom test has a name", () => {
  const cases = casesOf([{ input: "1" }, { input: "2", expected: "3" }]);
  expect(cases).toEqual([
    { name: "Custom test 1", input: "1", expected: undefined },
    { name: "Custom test 2", input: "2", expected: "3" },
  ]);
});
