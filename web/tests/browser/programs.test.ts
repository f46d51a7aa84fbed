/** The same programs in the browser and on the server: same output, same exit code. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenBrowser, openBrowser } from "./browser";
import { openPhone, runWith, write } from "./phone";
import { Service } from "./service";

const PROGRAMS = resolve(import.meta.dirname, "../programs");
const EXTENSIONS = { javascript: ".js", python: ".py" } as const;

interface TestAnswer {
  output: string;
  stderr: string;
  outcome: string;
  exitCode: number | null;
}

let service: Service;
let browser: OpenBrowser;
let page: Page;

beforeAll(async () => {
  service = await Service.start();
  browser = await openBrowser();
  page = await openPhone(browser, service.url);
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

function inputOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

describe.each(Object.entries(EXTENSIONS))("%s", (language, extension) => {
  const names = readdirSync(join(PROGRAMS, language)).filter((name) => name.endsWith(extension));

  test.each(names)("%s", async (name) => {
    const code = readFileSync(join(PROGRAMS, language, name), "utf8");
    const input = inputOf(join(PROGRAMS, language, name.replace(extension, ".in")));
    await write(page, language, code);
    const here = await runWith(page, input);
    const there = await service.ask<TestAnswer>("/api/test", { language, code, input });
    // The page shows no more than this.
    expect(here.stdout.slice(0, 50_000)).toBe(there.output.slice(0, 50_000));
    if (there.outcome === "compile_failed") {
      expect(here.outcome).toBe("compile_failed");
    } else {
      expect(here.outcome, here.notice).toBe("exited");
      const words = there.exitCode === 0 ? "Ended" : `Ended with exit code ${there.exitCode}`;
      expect(here.words).toMatch(new RegExp(`^${words}\\d`));
      expect(here.notice).toBe("");
    }
  });
});

/** Where they are known to differ. One that no longer does belongs above. */
test.each([
  // Pyodide is Python 3.14, the server's Debian has 3.11.
  ["newer-python.py", "OrderedDict({'a': 1})\n", "OrderedDict([('a', 1)])\n"],
  // Pyodide's system has numbers of its own for errors; their names and words are the same.
  ["error-numbers.py", "44\n", "2\n"],
])("differs: %s", async (name, inBrowser, onServer) => {
  const code = readFileSync(join(PROGRAMS, "differences", name), "utf8");
  await write(page, "python", code);
  expect((await runWith(page, "")).stdout).toBe(inBrowser);
  const there = await service.ask<TestAnswer>("/api/test", { language: "python", code, input: "" });
  expect(there.output).toBe(onServer);
});
