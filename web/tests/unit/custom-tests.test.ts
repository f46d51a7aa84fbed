import { expect, test } from "vitest";
import { casesOf, MAX_CUSTOM_TESTS, parseCustomTests } from "../../src/workbench/use-custom-tests";

test("what was kept is taken where it makes sense", () => {
  for (const nonsense of [undefined, "", "{", "null", "7", '{"input":"1"}', "[]", "[null, 7, {}]"])
    expect(parseCustomTests(nonsense), nonsense).toEqual([]);
  const mine = [{ input: "1 2\n" }, { input: "", expected: "3" }];
  expect(parseCustomTests(JSON.stringify(mine))).toEqual(mine);
  expect(parseCustomTests('[{"input":"1","expected":2,"more":3}]')).toEqual([{ input: "1" }]);
  expect(parseCustomTests(JSON.stringify(Array(100).fill({ input: "x" })))).toHaveLength(MAX_CUSTOM_TESTS);
});

test("each has a name of its own", () => {
  const cases = casesOf([{ input: "1" }, { input: "2", expected: "3" }]);
  expect(cases).toEqual([
    { name: "Custom test 1", input: "1", expected: undefined },
    { name: "Custom test 2", input: "2", expected: "3" },
  ]);
});
