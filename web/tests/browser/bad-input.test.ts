/** Bad input and bad networks: errors are explained, and nothing is lost. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { collectPageErrors, type OpenBrowser, openBrowser, screenshot } from "./browser";
import { openPhone, result, runWith, write } from "./phone";
import { Service } from "./service";

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

async function submit(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Code", exact: true }).click();
  await page.getByRole("button", { name: /^Submit/ }).click();
}

const draft = (page: Page) => page.locator(".plain-editor textarea").inputValue();

test("a binary is refused with the position of the first bad byte, and stays in the editor", async () => {
  const page = await openPhone(browser, service.url);
  const binary = "\u007fELF\u0002\u0001\u0000\ufffd\ufffd";
  await write(page, "cpp", binary);
  await submit(page);
  await page.getByRole("alert").filter({ hasText: "NUL character at byte 6" }).waitFor();
  await page.getByRole("button", { name: "Code", exact: true }).click();
  expect(await draft(page)).toBe(binary);
  await write(page, "javascript", binary);
  expect((await runWith(page, binary)).outcome).toBe("compile_failed");
  await page.close();
});

test("right-to-left text is unchanged and does not affect the page", async () => {
  const page = await openPhone(browser, service.url);
  const text = "שלום \u202eedoc\u2066 مرحبا";
  await write(page, "python", `print("${text}", input())`);
  const ran = await runWith(page, text);
  expect(ran.stdout).toBe(`${text} ${text}\n`);
  expect(ran.summary).toMatch(/^Finished\d/);
  const heads = page.locator(".run-pane .text-block-head, .run-pane .case-head");
  for (const head of await heads.all())
    expect(await head.evaluate((element) => getComputedStyle(element).direction)).toBe("ltr");
  await screenshot(page, "right-to-left");
  await page.close();
});

test("a program that needs threads is offered the server", async () => {
  const page = await openPhone(browser, service.url);
  const threads = 'import threading\nt = threading.Thread(target=print, args=("done",))\nt.start()\nt.join()';
  await write(page, "python", threads);
  const here = await runWith(page, "");
  expect(here.notice).toContain("Not available in the browser: threads");
  await page.getByRole("button", { name: "Run on the server" }).click();
  await page.locator('.case-result[data-place="server"]').waitFor();
  expect((await result(page)).stdout).toBe("done\n");
  await page.close();
});

test("a program with the strategy server runs there at once", async () => {
  const page = await openPhone(browser, service.url, true);
  // The template that was there before may be asked for as well.
  const strategy = page.waitForResponse(
    (response) =>
      response.url().endsWith("/api/route") &&
      (response.request().postData() ?? "").includes("multiprocessing"),
  );
  await write(page, "python", "import multiprocessing\nprint(multiprocessing.cpu_count() > 0)");
  await (await strategy).finished();
  const ran = await runWith(page, "");
  expect(ran).toMatchObject({ stdout: "True\n", notice: "" });
  await page.locator('.case-result[data-place="server"]').waitFor();
  await page.getByText("Why here?").click();
  await page.getByText("multiprocessing").last().waitFor();
  await page.close();
});

test("a worker that never answers is ended, and the server is offered", async () => {
  const page = await browser.context.newPage();
  await page.route(/\/assets\/javascript-.*\.js$/, (route) =>
    // Monaco's grammar has a similar name, but is not loaded on phones.
    route.fulfill({ body: "onmessage = () => {};", contentType: "text/javascript" }),
  );
  await page.setViewportSize({ width: 400, height: 800 });
  await page.goto(`${service.url}/problems/aplusb`);
  await write(page, "javascript", "console.log(7)");
  const ran = await runWith(page, "");
  expect(ran.summary).toContain("Could not be run");
  expect(ran.notice).toContain("did not start in time");
  await page.getByRole("button", { name: "Run on the server" }).click();
  await page.locator('.case-result[data-place="server"]').waitFor();
  expect((await result(page)).stdout).toBe("7\n");
  await page.close();
});

test("a file that can't be loaded is reported, and loaded by the next run", async () => {
  const page = await browser.context.newPage();
  let isBroken = true;
  await page.route(/\/assets\/javascript-.*\.js$/, (route) => (isBroken ? route.abort() : route.continue()));
  await page.setViewportSize({ width: 400, height: 800 });
  await page.goto(`${service.url}/problems/aplusb`);
  await write(page, "javascript", "console.log(8)");
  expect((await runWith(page, "")).notice).toContain("could not be loaded");
  isBroken = false;
  await page.getByRole("button", { name: "Run with this input" }).click();
  await page.locator('.case-result[data-outcome="exited"]').waitFor();
  expect((await result(page)).stdout).toBe("8\n");
  await page.close();
});

test("a reload during judging loses neither the draft nor the verdict", async () => {
  const page = await openPhone(browser, service.url);
  const slow =
    "import time\nt = time.time()\nwhile time.time() - t < 0.3: pass\nprint(sum(map(int, input().split())))";
  await write(page, "python", slow);
  await submit(page);
  await page.locator(".tick-good").first().waitFor({ timeout: 30_000 });
  await page.reload();
  await page.getByRole("button", { name: "Code", exact: true }).click();
  await expect.poll(() => draft(page)).toBe(slow);
  await page.goto(`${service.url}/submissions`);
  const first = page.locator(".submission-list tbody tr").first();
  await first.filter({ hasText: "Accepted" }).waitFor({ timeout: 30_000 });
  await page.close();
});

const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

test("formulas are typeset and images shown, unless they are hostile", async () => {
  const folder = mkdtempSync(join(tmpdir(), "page-package-"));
  const pack = join(folder, "formulas");
  mkdirSync(join(pack, "problem_statement"), { recursive: true });
  mkdirSync(join(pack, "data/sample"), { recursive: true });
  writeFileSync(join(pack, "problem.yaml"), "name: Formulas\n");
  const hostile = [
    "$\\href{javascript:window.ran=1}{here}$",
    "$\\htmlStyle{position:fixed;inset:0}{x}$",
    "$\\includegraphics{https://example.invalid/x.png}$",
    "$\\def\\a{\\a\\a}\\a$",
    "$\\rule{10000em}{10000em}$",
    "$<img src=x onerror=window.ran=2>$",
  ];
  writeFileSync(
    join(pack, "problem_statement/problem.en.md"),
    `Let $n \\le 10^5$ be even. ![a dot](dot.png)\n\n$$\\sum_{i=1}^{n} a_i^2$$\n\n${hostile.join("\n\n")}\n\nThe end.\n`,
  );
  writeFileSync(join(pack, "problem_statement/dot.png"), Buffer.from(PICTURE, "base64"));
  writeFileSync(join(pack, "data/sample/1.in"), "1\n");
  writeFileSync(join(pack, "data/sample/1.ans"), "1\n");
  service.import(pack);
  rmSync(folder, { recursive: true });
  const page = await browser.context.newPage();
  const pageErrors = collectPageErrors(page);
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(`${service.url}/problems/formulas`);
  await page.locator(".statement .katex").nth(1).waitFor();
  await page.getByText("The end.").waitFor();
  expect(await page.locator(".statement .katex-display").count()).toBe(1);
  expect(await page.locator(".statement annotation").first().textContent()).toBe("n \\le 10^5");
  const width = () =>
    page.locator(".statement img").evaluate((image: HTMLImageElement) => image.naturalWidth);
  await expect.poll(width).toBe(1);
  await page.evaluate(() => document.fonts.ready);
  await screenshot(page, "formulas");
  expect(await page.locator(".statement a[href], .statement [style*=fixed], .statement img").count()).toBe(1);
  const tall = await page
    .locator(".statement .katex")
    .evaluateAll((all) => Math.max(...all.map((element) => element.clientHeight)));
  expect(tall).toBeLessThan(2000);
  expect(await page.evaluate(() => (window as unknown as { ran?: number }).ran)).toBeUndefined();
  expect(requests.filter((url) => !url.startsWith(service.url) && !/^(data|blob):/.test(url))).toEqual([]);
  expect(pageErrors).toEqual([]);
  // A statement without formulas does not load the library.
  requests.length = 0;
  await page.goto(`${service.url}/problems/aplusb`);
  await page.locator(".statement h1, .statement p").first().waitFor();
  expect(requests.filter((url) => url.includes("formulas"))).toEqual([]);
  await page.close();
});
