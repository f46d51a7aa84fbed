/** The same programs in the browser and on the server: same output, same exit code. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenBrowser, openBrowser } from "./browser";
import { openPhone, runWith, write } from "./phone";
import { Service } from "./service";

const PROGRAMS = resolve(import.meta.dirname, "../programs");
const ENDINGS = { javascript: ".js", python: ".py" } as const;

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

describe.each(Object.entries(ENDINGS))("%s", (language, ending) => {
  const names = readdirSync(join(PROGRAMS, language)).filter((name) => name.endsWith(ending));

  test.each(names)("%s", async (name) => {
    const code = readFileSync(join(PROGRAMS, language, name), "utf8");
    const input = inputOf(join(PROGRAMS, language, name.replace(ending, ".in")));
    await write(page, language, code);
    const here = await runWith(page, input);
    const there = await service.ask<TestAnswer>("/api/test", { language, code, input });
    // What the page shows is bounded; the server's answer is bounded in the same place.
    const shown = (text: string) => (text.length > 50_000 ? text.slice(0, 50_000) : text);
    expect(shown(here.stdout).slice(0, 50_000)).toBe(shown(there.output));
    if (there.outcome === "compile_failed") {
      expect(here.ending).toBe("not_compiled");
    } else {
      expect(here.ending, here.notice).toBe("exited");
      const words = there.exitCode === 0 ? "Ended" : `Ended with exit code ${there.exitCode}`;
      expect(here.words).toMatch(new RegExp(`^${words}\\d`));
      expect(here.notice).toBe("");
    }
  });
});
