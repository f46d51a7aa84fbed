/** Programs have the same output and exit code in the browser and on the server. */
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
    const inBrowser = await runWith(page, input);
    const onServer = await service.request<TestAnswer>("/api/test", { language, code, input });
    // The page cuts longer output.
    expect(inBrowser.stdout.slice(0, 50_000)).toBe(onServer.output.slice(0, 50_000));
    if (onServer.outcome === "compile_failed") {
      expect(inBrowser.outcome).toBe("compile_failed");
    } else {
      expect(inBrowser.outcome, inBrowser.notice).toBe("exited");
      const summary = onServer.exitCode === 0 ? "Finished" : `Exit code ${onServer.exitCode}`;
      expect(inBrowser.summary).toMatch(new RegExp(`^${summary}\\d`));
      expect(inBrowser.notice).toBe("");
    }
  });
});

/** Known differences. A program that behaves the same belongs into the folders above. */
test.each([
  // Pyodide is Python 3.14; the server's Debian has 3.11.
  ["newer-python.py", "OrderedDict({'a': 1})\n", "OrderedDict([('a', 1)])\n"],
  // Pyodide's system has other error numbers, with the same names and messages.
  ["error-numbers.py", "44\n", "2\n"],
])("%s is known to differ", async (name, browserOutput, serverOutput) => {
  const code = readFileSync(join(PROGRAMS, "differences", name), "utf8");
  await write(page, "python", code);
  expect((await runWith(page, "")).stdout).toBe(browserOutput);
  const onServer = await service.request<TestAnswer>("/api/test", { language: "python", code, input: "" });
  expect(onServer.output).toBe(serverOutput);
});
