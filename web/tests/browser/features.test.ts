/** Features that people expect from an online judge. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenBrowser, openBrowser, screenshot } from "./browser";
import { Service } from "./service";

let service: Service;
let browser: OpenBrowser;

beforeAll(async () => {
  service = await Service.start();
  browser = await openBrowser({ permissions: ["clipboard-read", "clipboard-write"] });
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

async function openProblem(id = "aplusb", language = "python"): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(`${service.url}/problems/${id}`);
  await page.waitForSelector(".code-editor .view-lines");
  await page.locator(".toolbar select").selectOption(language);
  await page.waitForSelector(`.code-editor[data-language="${language}"]`);
  return page;
}

async function replaceCode(page: Page, code: string): Promise<void> {
  await page.locator(".code-editor .view-lines").click();
  await page.keyboard.press("Control+a");
  await page.evaluate((text) => navigator.clipboard.writeText(text), code);
  await page.keyboard.press("Control+v");
}

const SUM = "a, b = map(int, input().split())\nprint(a + b)";

test("buttons show their shortcuts, and a dialog lists all", async () => {
  const page = await openProblem();
  const run = page.getByRole("button", { name: /^Run/ }).first();
  expect(await run.getAttribute("aria-keyshortcuts")).toBe("Control+Enter");
  expect(await run.textContent()).toContain("Ctrl");
  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  const dialog = page.getByRole("dialog");
  for (const text of ["Run the samples", "Submit", "Save the draft", "Leave the editor", "Resize"])
    await dialog.getByText(text).first().waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await page.close();
});

test("custom tests are compared with their expected output and survive a reload", async () => {
  const page = await openProblem();
  await replaceCode(page, SUM);
  await page.getByRole("button", { name: "Edit a copy" }).first().click();
  const second = page.getByRole("region", { name: "Custom test 2" });
  await second.getByLabel("Standard input").fill("20 22");
  await second.getByLabel("Expected output").fill("42");
  await page.getByRole("button", { name: "Run all tests" }).click();
  await second.getByText("Matches").waitFor();
  // Without an expected output there is no comparison.
  const first = page.getByRole("region", { name: "Custom test 1" });
  await first.locator('.case-result[data-outcome="exited"]').waitFor();
  expect(await first.locator(".verdict").count()).toBe(0);
  await second.getByLabel("Expected output").fill("41");
  await second.getByRole("button", { name: "Run with this input" }).click();
  await second.getByText("Differs").waitFor();
  await second.locator(".diff .line-missing").first().waitFor();
  await screenshot(page, "custom-tests");
  await page.reload();
  await page.getByRole("tab", { name: "Custom input" }).click();
  expect(await second.getByLabel("Standard input").inputValue()).toBe("20 22");
  expect(await second.getByLabel("Expected output").inputValue()).toBe("41");
  await second.getByRole("button", { name: "Remove test" }).click();
  await second.waitFor({ state: "detached" });
  await page.close();
});

test("samples of an interactive problem are never marked as wrong", async () => {
  const folder = mkdtempSync(join(tmpdir(), "page-package-"));
  const pack = join(folder, "echo-talk");
  cpSync(resolve(import.meta.dirname, "../../../crates/cli/tests/packages/interactive-python"), pack, {
    recursive: true,
  });
  mkdirSync(join(pack, "data/sample"), { recursive: true });
  writeFileSync(join(pack, "data/sample/1.interaction"), "<7\n>7\n");
  service.import(pack);
  rmSync(folder, { recursive: true });
  const page = await openProblem("echo-talk");
  await page.getByText("This problem is interactive").waitFor();
  await page.locator(".sample .text-block", { hasText: "Interaction" }).waitFor();
  await replaceCode(page, "print('hello')");
  await page.keyboard.press("Control+Enter");
  await page.locator('.case-result[data-outcome="exited"]').waitFor();
  expect(await page.locator(".case-result .verdict, .case-result .diff").count()).toBe(0);
  await page.close();
});

test("a button copies a sample's input", async () => {
  const page = await openProblem();
  await page.getByRole("button", { name: "Copy input" }).first().click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.trim().split(/\s+/)).toHaveLength(2);
  await page.close();
});

const switchLanguage = async (page: Page, language: string) => {
  await page.locator(".toolbar select").selectOption(language);
  await page.waitForSelector(`.code-editor[data-language="${language}"]`);
};
const showsCode = (page: Page, text: string) => page.locator(".view-lines", { hasText: text }).waitFor();

test("loading a submission replaces the draft of its language and no other draft", async () => {
  const page = await openProblem("reverse-words");
  await replaceCode(page, "print('submitted once')");
  await page.keyboard.press("Control+Shift+Enter");
  await page.locator('.judgement[data-status="Completed"]').waitFor({ timeout: 30_000 });
  await replaceCode(page, "print('written later')");
  await switchLanguage(page, "javascript");
  await replaceCode(page, "console.log('unfinished')");
  await page.getByRole("tab", { name: "Submissions" }).click();
  const load = page.locator(".submission-list tbody tr").first().getByRole("button", { name: "Load" });
  await load.click();
  await showsCode(page, "submitted once");
  expect(await page.locator(".toolbar select").inputValue()).toBe("python");
  await switchLanguage(page, "javascript");
  await showsCode(page, "unfinished");
  // The replaced draft can be restored, by undo or by a button.
  await load.click();
  await showsCode(page, "submitted once");
  await page.reload();
  await page.waitForSelector(".code-editor .view-lines");
  await showsCode(page, "submitted once");
  await replaceCode(page, "print('written last')");
  await page.getByRole("tab", { name: "Submissions" }).click();
  await load.click();
  await showsCode(page, "submitted once");
  await page.locator(".code-editor .view-lines").click();
  await page.keyboard.press("Control+z");
  await showsCode(page, "written last");
  await load.click();
  await showsCode(page, "submitted once");
  await page.getByRole("button", { name: "Restore it" }).click();
  await showsCode(page, "written last");
  await switchLanguage(page, "javascript");
  await showsCode(page, "unfinished");
  await page.close();
});

test("a draft survives a change of language if the browser refuses storage", async () => {
  const page = await browser.context.newPage();
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  await page.goto(`${service.url}/problems/count-primes`);
  await page.waitForSelector(".code-editor .view-lines");
  await switchLanguage(page, "rust");
  await replaceCode(page, "// not stored");
  await page.getByText("Not saved: this browser stores no drafts").waitFor();
  await switchLanguage(page, "cpp");
  await switchLanguage(page, "rust");
  await showsCode(page, "not stored");
  await page.close();
});

test("undo never brings back code of another language", async () => {
  const page = await openProblem("max-subarray");
  await replaceCode(page, "print('python draft')");
  await switchLanguage(page, "javascript");
  await replaceCode(page, "console.log('javascript draft')");
  for (let presses = 0; presses < 8; presses++) await page.keyboard.press("Control+z");
  await page.locator(".view-lines", { hasText: "javascript draft" }).waitFor({ state: "detached" });
  expect(await page.locator(".view-lines").textContent()).not.toContain("python");
  await switchLanguage(page, "python");
  await showsCode(page, "python draft");
  await page.close();
});

test("on a phone, loading a submission leaves the draft on screen as it was", async () => {
  const page = await browser.context.newPage();
  await page.setViewportSize({ width: 400, height: 800 });
  await page.goto(`${service.url}/problems/reverse-words`);
  const code = page.locator(".plain-editor textarea");
  await page.getByRole("button", { name: "Code", exact: true }).click();
  await page.locator(".toolbar select").selectOption("rust");
  await code.fill("// unfinished");
  await page.getByRole("button", { name: "Problem", exact: true }).click();
  await page.getByRole("tab", { name: "Submissions" }).click();
  await page.getByRole("button", { name: "Load" }).first().click();
  await page.getByRole("button", { name: "Code", exact: true }).click();
  await expect.poll(() => code.inputValue()).toContain("submitted once");
  expect(await page.locator(".toolbar select").inputValue()).toBe("python");
  await page.locator(".toolbar select").selectOption("rust");
  expect(await code.inputValue()).toBe("// unfinished");
  await page.close();
});

test("panes can be hidden by keyboard, and stay hidden after a reload", async () => {
  const page = await openProblem();
  const statement = page.locator(".statement");
  const border = page.getByRole("separator", { name: "Width of the statement" });
  await border.focus();
  await page.keyboard.press("Enter");
  await statement.waitFor({ state: "hidden" });
  await page.reload();
  await page.waitForSelector(".code-editor .view-lines");
  await statement.waitFor({ state: "hidden" });
  await border.focus();
  await page.keyboard.press("Enter");
  await statement.waitFor({ state: "visible" });
  await page.keyboard.press("ArrowRight");
  expect(Number(await border.getAttribute("aria-valuenow"))).toBeGreaterThan(40);
  const position = await border.boundingBox();
  if (!position) throw new Error("the border is not visible");
  await page.mouse.move(position.x, position.y + 100);
  await page.mouse.down();
  await page.mouse.move(5, position.y + 100, { steps: 3 });
  await page.mouse.up();
  await statement.waitFor({ state: "hidden" });
  // The border can still be grabbed at the edge.
  await page.mouse.dblclick(2, position.y + 100);
  await statement.waitFor({ state: "visible" });
  await page.close();
});

test("Vim's keys move, insert, save, run and leave the editor", async () => {
  const page = await openProblem("count-primes");
  await page.getByRole("button", { name: "Settings" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Key bindings").selectOption("vim");
  await dialog.getByRole("button", { name: "Close" }).click();
  const status = page.locator(".editor-status");
  await status.getByText("NORMAL").waitFor();
  await replaceCode(page, "");
  await page.keyboard.press("Escape");
  await page.keyboard.type("ggdGi");
  await status.getByText("INSERT").waitFor();
  await page.keyboard.type("print(7");
  await page.keyboard.press("Escape");
  await status.getByText("NORMAL").waitFor();
  await page.keyboard.type("yyp");
  const lines = () => page.locator(".view-line").allTextContents();
  await expect.poll(lines).toEqual(["print(7)", "print(7)"]);
  await screenshot(page, "vim");
  await page.keyboard.type(":w");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Enter");
  await page.locator('.case-result[data-outcome="exited"]').first().waitFor();
  await page.locator(".code-editor .view-lines").click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.closest(".code-editor") === null)).toBe(true);
  await page.reload();
  await status.getByText("NORMAL").waitFor();
  await page.getByRole("button", { name: "Settings" }).click();
  await dialog.getByLabel("Key bindings").selectOption("ordinary");
  await dialog.getByRole("button", { name: "Close" }).click();
  await status.waitFor({ state: "hidden" });
  await page.locator(".code-editor .view-lines").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("jjj");
  await expect.poll(lines).toEqual(["jjj"]);
  await page.close();
});

test("the theme is switched by one button and survives a reload", async () => {
  const page = await openProblem();
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme ?? "");
  const before = await theme();
  await page.getByRole("button", { name: /light|dark/i }).click();
  const after = await theme();
  expect(after).not.toBe(before);
  await page.reload();
  await page.waitForSelector(".code-editor .view-lines");
  expect(await theme()).toBe(after);
  await page.getByRole("button", { name: /light|dark/i }).click();
  await page.close();
});

test("results are announced to screen readers and never take the focus", async () => {
  const page = await openProblem();
  await replaceCode(page, SUM);
  const isInEditor = () => page.evaluate(() => document.activeElement?.closest(".code-editor") !== null);
  await page.keyboard.press("Control+Enter");
  const summary = page.locator('[role="status"]', { hasText: "3 of 3 samples match" });
  await summary.waitFor();
  expect(await isInEditor()).toBe(true);
  await page.keyboard.press("Control+Shift+Enter");
  await page.locator('[role="status"]', { hasText: "Accepted" }).waitFor({ timeout: 30_000 });
  expect(await isInEditor()).toBe(true);
  await page.close();
});

test("an accepted solution is compared with those of other people", async () => {
  const solve = (userId: string, wait: number) =>
    service.request("/api/submit?wait=true", {
      code: `import time\nend = time.process_time() + ${wait}\nwhile time.process_time() < end: pass\n${SUM}`,
      language: "python",
      problemId: "aplusb",
      userId,
    });
  for (const userId of ["slow-1", "slow-2", "slow-3", "slow-4"]) await solve(userId, 0.05);
  const page = await openProblem();
  await replaceCode(page, SUM);
  await page.keyboard.press("Control+Shift+Enter");
  await page.getByText("Faster than 100 %").waitFor({ timeout: 30_000 });
  await page.getByText(/Less memory than \d+ %/).waitFor();
  await page.getByText("4 other people who solved").waitFor();
  await screenshot(page, "comparison");
  await page.close();
});
