/** A language that is one file of the server's: listed, coloured and judged as those that the page knows of. */
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

const SUM = `#include <stdio.h>
/* adds two numbers */
int main(void) {
  long long a, b;
  if (scanf("%lld %lld", &a, &b) != 2) return 1;
  printf("%lld\\n", a + b);
}`;

/** Words of the editor by the class that gives them their colour. */
type Colours = Record<string, string>;

test("a program in C is coloured, run, submitted and judged", async () => {
  const page = await browser.context.newPage();
  await page.goto(`${service.url}/problems/aplusb`);
  await page.waitForSelector(".code-editor .view-lines");
  const languages = page.locator(".toolbar select");
  expect(await languages.locator('option[value="c"]').textContent()).toBe("C");
  await languages.selectOption("c");
  await page.waitForSelector('.code-editor[data-language="c"]');
  await page.locator(".code-editor .view-lines").click();
  await page.keyboard.press("Control+a");
  await page.evaluate((text) => navigator.clipboard.writeText(text), SUM);
  await page.keyboard.press("Control+v");
  const read = async (): Promise<Colours> =>
    page
      .locator(".code-editor .view-line span[class^=mtk]")
      .evaluateAll((spans) =>
        Object.fromEntries(
          spans.map((span) => [span.textContent?.trim() ?? "", span.className.split(" ")[0] ?? ""]),
        ),
      );
  await expect.poll(async () => (await read()).return, { timeout: 20_000 }).toBeDefined();
  const colours = await read();
  const comment = Object.entries(colours).find(([text]) => text.includes("adds"));
  const plain = colours.scanf;
  expect(plain).toBeDefined();
  for (const keyword of ["int", "return"]) {
    expect(colours[keyword], keyword).toBeDefined();
    expect(colours[keyword], keyword).not.toBe(plain);
  }
  expect(comment?.[1]).not.toBe(plain);
  expect(comment?.[1]).not.toBe(colours.return);

  await page.keyboard.press("Control+Enter");
  await page.locator(".summary", { hasText: "3 of 3 samples match" }).waitFor({ timeout: 60_000 });
  await page.keyboard.press("Control+Shift+Enter");
  const verdict = page.locator('.judgement[data-status="Completed"] .judgement-head .verdict');
  await verdict.waitFor({ timeout: 60_000 });
  expect(await verdict.textContent()).toBe("Accepted");
  expect(await page.locator(".tick-good").count()).toBe(13);
  await screenshot(page, "accepted-c");
  await page.close();
}, 180_000);
