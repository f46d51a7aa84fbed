/** Runs programs through the page on a phone, whose plain editor takes text at once. */
import type { Page } from "playwright-core";
import type { OpenBrowser } from "./browser";

export interface ShownResult {
  outcome: string;
  summary: string;
  stdout: string;
  stderr: string;
  /** The page's notice about the browser's limits. */
  notice: string;
}

/**
 * Opens a problem on a phone. By default requests for a strategy fail, so that programs run in the browser
 * if they can, however long the server would take to answer.
 */
export async function openPhone(browser: OpenBrowser, url: string, usesStrategy = false): Promise<Page> {
  const page = await browser.context.newPage();
  if (!usesStrategy) await page.route("**/api/route", (route) => route.abort());
  await page.setViewportSize({ width: 400, height: 800 });
  await page.goto(`${url}/problems/aplusb`);
  await page.getByRole("button", { name: "Code", exact: true }).click();
  return page;
}

export async function write(page: Page, language: string, code: string): Promise<void> {
  await page.getByRole("button", { name: "Code", exact: true }).click();
  await page.locator(".toolbar select").selectOption(language);
  await page.locator(".plain-editor textarea").fill(code);
}

export async function runWith(page: Page, input: string): Promise<ShownResult> {
  await page.getByRole("button", { name: "Results", exact: true }).click();
  await page.getByRole("tab", { name: "Custom input" }).click();
  await page.locator(".custom textarea").fill(input);
  await page.getByRole("button", { name: "Run with this input" }).click();
  return result(page);
}

export async function result(page: Page): Promise<ShownResult> {
  await page.waitForSelector(".run-pane .case-result[data-outcome]", { timeout: 40_000 });
  return page
    .locator(".run-pane .case-result")
    .first()
    .evaluate((box) => {
      const textOf = (name: string) => {
        const head = [...box.querySelectorAll(".text-block")].find(
          (block) => block.querySelector(".text-block-head span")?.textContent === name,
        );
        return head?.querySelector("pre")?.textContent ?? "";
      };
      return {
        outcome: box.getAttribute("data-outcome") ?? "",
        summary: box.querySelector(".case-head")?.textContent ?? "",
        stdout: textOf("Output"),
        stderr: textOf("Standard error") || textOf("Compiler"),
        notice: box.querySelector(".notice")?.textContent ?? "",
      };
    });
}
