import { expect, test } from "vitest";
import { casesOf, MAX_OWN_TESTS, ownTestsFrom } from "../../src/workbench/use-own-tests";

test("what was kept is taken where it makes sense", () => {
  for (const nonsense of [undefined, "", "{", "null", "7", '{"input":"1"}', "[]", "[null, 7, {}]"])
    expect(ownTestsFrom(nonsense), nonsense).toEqual([]);
  const mine = [{ input: "1 2\n" }, { input: "", expected: "3" }];
  expect(ownTestsFrom(JSON.stringify(mine))).toEqual(mine);
  expect(ownTestsFrom('[{"input":"1","expected":2,"more":3}]')).toEqual([{ input: "1" }]);
  expect(ownTestsFrom(JSON.stringify(Array(100).fill({ input: "x" })))).toHaveLength(MAX_OWN_TESTS);
});

test("each has a name of its own", () => {
  const cases = casesOf([{ input: "1" }, { input: "2", expected: "3" }]);
  expect(cases).toEqual([
    { name: "Own test 1", input: "1", expected: undefined },
    { name: "Own test 2", input: "2", expected: "3" },
  ]);
});
