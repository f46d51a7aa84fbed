/** Speculative work: drafts that are compiled ahead, spare interpreters, and the settings for them. */
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenBrowser, openBrowser, screenshot } from "./browser";
import { openPhone, write } from "./phone";
import { Service } from "./service";

const COMPILER = 'letscode_compilations_total{source="compiler"}';
const DRAFTS = 'letscode_hints_followed_total{what="draft"}';

let service: Service;
let browser: OpenBrowser;

beforeAll(async () => {
  service = await Service.start();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  const line = text.split("\n").find((text) => text.startsWith(name));
  return Number(line?.slice(name.length) ?? 0);
}

const program = (comment: string) =>
  `#include <iostream>\n// ${comment}\nint main() { long long a, b; std::cin >> a >> b; std::cout << a + b; }\n`;

async function settings(page: Page, change: (dialog: ReturnType<Page["locator"]>) => Promise<void>) {
  await page.getByRole("button", { name: "Settings" }).click();
  const dialog = page.getByRole("dialog");
  await change(dialog);
  await dialog.getByRole("button", { name: "Close" }).click();
}

/** Milliseconds from the click on Submit to the painted verdict. */
async function submitToVerdict(page: Page): Promise<number> {
  await page.getByRole("button", { name: "Code", exact: true }).click();
  return page.evaluate(async () => {
    const judged = () => document.querySelector('.judgement[data-status="Completed"]');
    const button = [...document.querySelectorAll("button")].find((element) =>
      element.textContent?.startsWith("Submit"),
    );
    const previous = judged();
    const startedAt = performance.now();
    button?.click();
    // Each judgement is another element; the previous one disappears first.
    while (!judged() || judged() === previous) await new Promise(requestAnimationFrame);
    return performance.now() - startedAt;
  });
}

const accepted = (page: Page) =>
  page.locator('.judgement[data-status="Completed"] .judgement-head').textContent();

test("drafts are compiled after a pause, so that Submit starts with the runs", async () => {
  const page = await openPhone(browser, service.url);
  const times: { ahead: number[]; cold: number[] } = { ahead: [], cold: [] };
  for (let round = 0; round < 3; round++) {
    const before = await metric(DRAFTS);
    await write(page, "cpp", program(`ahead ${round}`));
    await expect.poll(() => metric(DRAFTS), { timeout: 30_000, interval: 50 }).toBe(before + 1);
    const compiled = await metric(COMPILER);
    times.ahead.push(await submitToVerdict(page));
    expect(await accepted(page)).toContain("Accepted");
    expect(await metric(COMPILER)).toBe(compiled);
  }
  await page.getByRole("button", { name: "Code", exact: true }).click();
  await settings(page, (dialog) => dialog.getByLabel("Compile programs").uncheck());
  const drafts = await metric(DRAFTS);
  for (let round = 0; round < 2; round++) {
    await write(page, "cpp", program(`cold ${round}`));
    if (round === 0) await page.waitForTimeout(1_500);
    times.cold.push(await submitToVerdict(page));
    expect(await accepted(page)).toContain("Accepted");
  }
  expect(await metric(DRAFTS), "the setting is respected").toBe(drafts);
  const list = (all: number[]) => all.map((time) => Math.round(time)).join(" ");
  console.log(
    `C++, submit to verdict, 13 tests: compiled ahead ${list(times.ahead)} ms, not ${list(times.cold)} ms`,
  );
  await page.close();
});

test("settings survive a reload", async () => {
  const page = await browser.context.newPage();
  await page.goto(`${service.url}/problems/aplusb`);
  await page.waitForSelector(".code-editor .view-lines");
  await settings(page, async (dialog) => {
    await dialog.getByLabel("Font size of the code").selectOption("20");
    await dialog.getByLabel("Wrap long lines").check();
    await screenshot(page, "settings");
  });
  const size = () => page.locator(".view-lines").evaluate((element) => getComputedStyle(element).fontSize);
  await expect.poll(size).toBe("20px");
  await page.reload();
  await page.waitForSelector(".code-editor .view-lines");
  await expect.poll(size).toBe("20px");
  await page.close();
});

test("a snapshot of Python's memory is part of the page", async () => {
  const names = readdirSync(resolve(import.meta.dirname, "../../dist/page/assets"));
  const name = names.find((one) => /^python-snapshot-.*\.gz$/.test(one));
  const response = await fetch(`${service.url}/assets/${name}`);
  // Empty if the build could not make one.
  const snapshot = gunzipSync(await response.arrayBuffer());
  expect(snapshot.length).toBeGreaterThan(20 << 20);
});
