/** Runs programs through the page as it is on a phone, whose plain editor takes text at once. */
import type { Page } from "playwright-core";
import type { OpenBrowser } from "./browser";

export interface Ran {
  outcome: string;
  words: string;
  stdout: string;
  stderr: string;
  /** What the page says about the browser's limits. */
  notice: string;
}

/**
 * Without an answer of the router, unless it is asked for: programs run in the browser then, if it can be
 * done at all, however long the server takes to say that it would do it better.
 */
export async function openPhone(browser: OpenBrowser, url: string, asksRouter = false): Promise<Page> {
  const page = await browser.context.newPage();
  if (!asksRouter) await page.route("**/api/route", (route) => route.abort());
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

export async function runWith(page: Page, input: string): Promise<Ran> {
  await page.getByRole("button", { name: "Results", exact: true }).click();
  await page.getByRole("tab", { name: "Custom input" }).click();
  await page.locator(".custom textarea").fill(input);
  await page.getByRole("button", { name: "Run with this input" }).click();
  return result(page);
}

export async function result(page: Page): Promise<Ran> {
  await page.waitForSelector(".run-pane .case-result[data-outcome]", { timeout: 40_000 });
  return page
    .locator(".run-pane .case-result")
    .first()
    .evaluate((box) => {
      const textOf = (name: string) => {
        const head = [...box.querySelectorAll(".text-block")].find(
          (one) => one.querySelector(".text-block-head span")?.textContent === name,
        );
        return head?.querySelector("pre")?.textContent ?? "";
      };
      return {
        outcome: box.getAttribute("data-outcome") ?? "",
        words: box.querySelector(".case-head")?.textContent ?? "",
        stdout: textOf("Output"),
        stderr: textOf("Standard error") || textOf("Compiler"),
        notice: box.querySelector(".notice")?.textContent ?? "",
      };
    });
}
