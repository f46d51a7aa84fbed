import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";
import { expect, test } from "vitest";

const at = (path: string) => resolve(import.meta.dirname, "../..", path);

/** `openapi.json` is compared with what the server answers in `tests/browser/contract.test.ts`. */
test("the generated types match openapi.json", async () => {
  const document = JSON.parse(readFileSync(at("openapi.json"), "utf8"));
  const types = astToString(await openapiTS(document, { alphabetize: true }));
  const committed = readFileSync(at("src/generated/api.ts"), "utf8");
  const code = (text: string) => text.slice(text.indexOf("export interface paths")).trim();
  expect(code(committed), "run `npm run types`").toBe(code(types));
});
