import { expect, test } from "vitest";

test("invalid stored settings become the defaults", async () => {
  const { DEFAULTS, parseSettings } = await import("../../src/settings");
  expect(parseSettings(undefined)).toEqual(DEFAULTS);
  for (const invalid of [
    "",
    "{",
    "null",
    "[]",
    "7",
    '{"fontSize":1000,"wrap":"yes","compileAhead":0,"keys":"ed"}',
  ])
    expect(parseSettings(invalid), invalid).toEqual(DEFAULTS);
  const valid = { fontSize: 18, wrap: true, compileAhead: false, keys: "vim" };
  expect(parseSettings(JSON.stringify(valid))).toEqual(valid);
  expect(parseSettings('{"wrap":true}')).toEqual({ ...DEFAULTS, wrap: true });
});

test("small drafts of compiled languages are compiled ahead", async () => {
  const { isWorthCompiling } = await import("../../src/workbench/use-hints");
  const { registerLanguages, templateOf } = await import("../../src/languages");
  const language = (id: string, compiled: boolean) => ({
    id,
    name: id,
    version: "1",
    status: "available" as const,
    extensions: [id],
    compiled,
    editor: { mode: id, template: `a template of ${id}` },
  });
  registerLanguages([language("cpp", true), language("rust", true), language("python", false)]);
  expect(isWorthCompiling("cpp", "int main() {}")).toBe(true);
  expect(isWorthCompiling("rust", "fn main() {}")).toBe(true);
  expect(isWorthCompiling("python", "print(1)")).toBe(false);
  expect(isWorthCompiling("cpp", " \n")).toBe(false);
  expect(isWorthCompiling("cpp", templateOf("cpp"))).toBe(false);
  expect(isWorthCompiling("cpp", "x".repeat(64 << 10))).toBe(true);
  expect(isWorthCompiling("cpp", "x".repeat((64 << 10) + 1))).toBe(false);
  expect(isWorthCompiling("cpp", "ü".repeat(40 << 10))).toBe(false);
});
