/** Logging in and out, and what each user sees of whom, with the real service. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type OpenBrowser, openBrowser, screenshot } from "./browser";
import { Service } from "./service";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ACCOUNTS = ["--auth", "accounts", "--registration", "open"];
const PASSWORD = "correct horse battery";
const SOLUTION = "a, b = map(int, input().split())\nprint(a + b)";

let service: Service;
let browser: OpenBrowser;

beforeAll(async () => {
  service = await Service.start(...ACCOUNTS);
  service.addUser("root", PASSWORD, "admin");
  browser = await openBrowser({ permissions: ["clipboard-read", "clipboard-write"] });
  browser.context.setDefaultTimeout(15_000);
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

afterEach(async ({ task }) => {
  for (const [index, page] of browser.context.pages().entries()) {
    if (task.result?.state === "fail" && page.url() !== "about:blank")
      await screenshot(page, `failed-${task.name.slice(0, 40).replaceAll(/\W+/g, "-")}-${index}`);
    if (index > 0) await page.close();
  }
  await browser.context.clearCookies();
  const page = browser.context.pages()[0] ?? (await browser.context.newPage());
  await page.goto(service.url);
  await page.evaluate(() => localStorage.clear());
  await page.goto("about:blank");
});

async function open(path: string): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(service.url + path);
  return page;
}

const dialog = (page: Page) => page.getByRole("dialog");

async function fillForm(page: Page, name: string, button: string): Promise<void> {
  const form = dialog(page);
  await form.getByLabel("User name").fill(name);
  await form.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await form.getByRole("button", { name: button, exact: true }).click();
}

async function openLogin(page: Page): Promise<void> {
  await page.locator(".header").getByRole("button", { name: "Log in" }).click();
}

async function register(page: Page, name: string): Promise<void> {
  await openLogin(page);
  await dialog(page).getByRole("button", { name: "Make an account" }).click();
  await fillForm(page, name, "Make the account");
  await page.locator(".account-menu").getByRole("button", { name }).waitFor();
}

async function logIn(page: Page, name: string): Promise<void> {
  await openLogin(page);
  await fillForm(page, name, "Log in");
  await page.locator(".account-menu").getByRole("button", { name }).waitFor();
}

async function logOut(page: Page): Promise<void> {
  await page.locator(".account-menu > button").click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.locator(".header").getByRole("button", { name: "Log in" }).waitFor();
}

async function write(page: Page, code: string): Promise<void> {
  await page.locator(".toolbar select").selectOption("python");
  await page.waitForSelector('.code-editor[data-language="python"]');
  await page.locator(".code-editor .view-lines").click();
  await page.keyboard.press("Control+a");
  await page.evaluate((text) => navigator.clipboard.writeText(text), code);
  await page.keyboard.press("Control+v");
}

async function openProblem(): Promise<Page> {
  const page = await open("/problems/aplusb");
  await page.waitForSelector(".code-editor .view-lines");
  return page;
}

async function verdict(page: Page): Promise<string> {
  const shown = page.locator('.judgement[data-status="Completed"] .judgement-head .verdict');
  await shown.waitFor({ timeout: 60_000 });
  return (await shown.textContent()) ?? "";
}

async function expectAccessible(page: Page, name: string): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.waitForTimeout(300);
    await screenshot(page, `${name}-${scheme}`);
    await page.evaluate(AXE);
    const violations = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(): Promise<import("axe-core").AxeResults> } };
      return (await axe.run()).violations.map(
        ({ id, impact, nodes }) => `${impact}: ${id}: ${nodes[0]?.html.slice(0, 160)}`,
      );
    });
    console.log(`axe on ${name}, ${scheme}:`, violations.length === 0 ? "nothing" : violations);
    expect(violations.filter((text) => /^(serious|critical)/.test(text))).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

test("a person registers, submits, and leaves nothing behind at a log-out", async () => {
  const page = await openProblem();
  await register(page, "ada");
  await page.locator(".connection-live").waitFor();
  await write(page, SOLUTION);
  await page.keyboard.press("Control+Shift+Enter");
  expect(await verdict(page)).toBe("Accepted");
  await page.getByRole("link", { name: "Submissions" }).click();
  await page.locator(".submission-list tbody tr", { hasText: "Accepted" }).waitFor();
  const submission = await page.locator(".submission-list tbody a").first().getAttribute("href");
  const other = await open("/submissions");
  await other.locator(".submission-list tbody tr").waitFor();
  await logOut(page);
  expect(page.url()).toBe(`${service.url}/`);
  // Other tabs follow.
  await other.getByText("Log in to see your submissions.").waitFor();
  expect(await other.locator("body").textContent()).not.toContain("ada");
  await page.goto(`${service.url}/problems/aplusb`);
  await page.locator(".view-lines").waitFor();
  await page.waitForTimeout(500);
  expect(await page.locator("body").textContent()).not.toContain("map(int");
  expect(await page.locator("body").textContent()).not.toContain("ada");
  await page.goBack();
  await page.waitForTimeout(300);
  expect(await page.locator("body").textContent()).not.toContain("Accepted");
  // Who has the address doesn't see it either.
  await page.goto(service.url + submission);
  await page.getByText("Log in to see submissions.").waitFor();
  expect(await page.locator("body").textContent()).not.toContain("map(int");
  await page.goto(service.url);
  await register(page, "grace");
  await page.goto(`${service.url}/submissions`);
  await page.getByText("No submissions yet.").waitFor();
  await page.goto(service.url + submission);
  await page.getByRole("alert").waitFor();
  await logOut(page);
  await logIn(page, "ada");
  await page.goto(`${service.url}/problems/aplusb`);
  await page.locator(".view-lines", { hasText: "map(int" }).waitFor();
}, 120_000);

/** Waits until no request has ended for a second. */
async function requestsEnded(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        let last = performance.now();
        const observer = new PerformanceObserver(() => {
          last = performance.now();
        });
        observer.observe({ type: "resource" });
        const timer = setInterval(() => {
          if (performance.now() - last < 1000) return;
          clearInterval(timer);
          observer.disconnect();
          resolve();
        }, 100);
      }),
  );
}

test("a submission without a log-in asks for one, and keeps the draft", async () => {
  const page = await openProblem();
  await write(page, `${SOLUTION}\n# typed before the log-in`);
  await page.keyboard.press("Control+Shift+Enter");
  await dialog(page).getByText("This needs a log-in").waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("username");
  await expectAccessible(page, "login-dialog");
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "detached" });
  await register(page, "edsger");
  await page.locator(".view-lines", { hasText: "typed before" }).waitFor();
  await page.keyboard.press("Control+Shift+Enter");
  expect(await verdict(page)).toBe("Accepted");
  // The session ends elsewhere, when the page has nothing left to ask for.
  await requestsEnded(page);
  await browser.context.clearCookies();
  await page.locator(".code-editor .view-lines").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" and after");
  await page.keyboard.press("Control+Shift+Enter");
  await dialog(page).getByText("Your session has ended").waitFor();
  await fillForm(page, "edsger", "Log in");
  await dialog(page).waitFor({ state: "detached" });
  await page.locator(".view-lines", { hasText: "and after" }).waitFor();
  await page.reload();
  await page.locator(".view-lines", { hasText: "and after" }).waitFor();
}, 120_000);

test("mistakes of a log-in are explained beside the form", async () => {
  const page = await open("/");
  await openLogin(page);
  await dialog(page).getByLabel("User name").fill("root");
  await dialog(page).getByLabel("Password", { exact: true }).fill("not the password");
  await page.keyboard.press("Enter");
  await dialog(page).getByRole("alert").filter({ hasText: "name or the password is wrong" }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("password");
  await dialog(page).getByRole("button", { name: "Make an account" }).click();
  await dialog(page).getByLabel("User name").fill("r\u043eot");
  await dialog(page).getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await dialog(page).getByRole("alert").waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("username");
  await page.keyboard.press("Escape");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Log in");
});

test("an account is managed on its page", async () => {
  const page = await open("/");
  await register(page, "barbara");
  await page.locator(".account-menu > button").click();
  await page.getByRole("link", { name: "Account" }).click();
  await page.getByLabel("Name", { exact: true }).fill("laptop");
  await page.getByRole("button", { name: "Make the key" }).click();
  const secret = (await page.locator(".secret").textContent()) ?? "";
  const headers = { authorization: `Bearer ${secret}` };
  const answer = () => fetch(`${service.url}/api/submissions`, { headers });
  expect((await answer()).status).toBe(200);
  await expectAccessible(page, "account");
  await page.getByRole("button", { name: "Revoke" }).click();
  await dialog(page).getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("cell", { name: "revoked" }).waitFor();
  expect((await answer()).status).toBe(401);
  await page.reload();
  await page.getByRole("heading", { name: "API keys" }).waitFor();
  expect(await page.locator("body").textContent()).not.toContain(secret);
  await page.getByRole("button", { name: "Delete my account" }).click();
  await dialog(page).getByLabel("Your password").fill("wrong password");
  await dialog(page).getByRole("button", { name: "Delete my account" }).click();
  await dialog(page).getByRole("alert").waitFor();
  await dialog(page).getByLabel("Your password").fill(PASSWORD);
  await dialog(page).getByRole("button", { name: "Delete my account" }).click();
  await openLogin(page);
  await fillForm(page, "barbara", "Log in");
  await dialog(page).getByRole("alert").waitFor();
});

test("a profile shows what was solved", async () => {
  const page = await openProblem();
  await register(page, "donald");
  await write(page, SOLUTION);
  await page.keyboard.press("Control+Shift+Enter");
  expect(await verdict(page)).toBe("Accepted");
  await page.goto(`${service.url}/users/donald`);
  await page.getByRole("heading", { name: "1 solved problem" }).waitFor();
  await page.getByText("1 submission on 1 day").waitFor();
  await expectAccessible(page, "profile");
  await page.setViewportSize({ width: 390, height: 844 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
}, 120_000);

test("an admin sees users, violations with evidence and the log; others find no such page", async () => {
  const page = await openProblem();
  await register(page, "mallory");
  await write(page, "import socket\nsocket.socket()");
  await page.keyboard.press("Control+Shift+Enter");
  expect(await verdict(page)).toBe("Security Violation");
  await page.goto(`${service.url}/admin`);
  await page.getByRole("heading", { name: "Page not found" }).waitFor();
  await logOut(page);
  await logIn(page, "root");
  await page.locator(".account-menu > button").click();
  await page.getByRole("link", { name: "Admin" }).click();
  const row = page.getByRole("row", { name: /mallory/ });
  await row.waitFor();
  await expectAccessible(page, "admin-users");
  await row.getByRole("button", { name: "Change role" }).click();
  await dialog(page).getByLabel("Role").selectOption("setter");
  await dialog(page).getByRole("button", { name: "Change role" }).click();
  await page.getByRole("row", { name: /mallory setter/ }).waitFor();
  await row.getByRole("button", { name: "Flag" }).click();
  await dialog(page).getByLabel("Reason").fill("a trial");
  await dialog(page).getByRole("button", { name: "Flag" }).click();
  await dialog(page).waitFor({ state: "detached" });
  await page.getByRole("tab", { name: "Flags" }).click();
  await page.getByRole("cell", { name: "a trial" }).waitFor();
  await page.getByRole("button", { name: "Lift" }).click();
  await dialog(page).getByLabel("Reason").fill("it was one");
  await dialog(page).getByRole("button", { name: "Lift" }).click();
  await page.getByText("Nobody is flagged.").waitFor();
  await page.getByRole("tab", { name: "Violations" }).click();
  await page
    .getByRole("button", { name: /Evidence/ })
    .first()
    .click();
  await page.locator("pre", { hasText: "socket.socket()" }).waitFor();
  await expectAccessible(page, "admin-violation");
  await page.getByRole("tab", { name: "Audit log" }).click();
  await page.getByRole("cell", { name: "Flag lifted" }).waitFor();
  await expectAccessible(page, "admin-audit");
  for (const name of ["Keys", "Queue", "Problems", "Settings"]) {
    await page.getByRole("tab", { name }).click();
    await page.waitForTimeout(500);
    expect(await page.getByRole("alert").count()).toBe(0);
    await expectAccessible(page, `admin-${name.toLowerCase()}`);
  }
}, 180_000);

test("a manager sees all submissions to a problem, and a link shows one of them to anybody", async () => {
  const page = await openProblem();
  await register(page, "niklaus");
  await write(page, SOLUTION);
  await page.keyboard.press("Control+Shift+Enter");
  expect(await verdict(page)).toBe("Accepted");
  await page.getByRole("link", { name: "Submissions" }).click();
  await page.locator(".submission-list tbody a").first().click();
  await page.getByRole("button", { name: "Make a link" }).click();
  const address = (await page.locator(".secret").textContent()) ?? "";
  await logOut(page);
  await page.goto(address);
  await page.locator("pre", { hasText: "map(int" }).waitFor();
  expect(await dialog(page).count()).toBe(0);
  await page.goto(service.url);
  await logIn(page, "root");
  await page.goto(`${service.url}/problems/aplusb`);
  await page.getByRole("link", { name: "All submissions" }).click();
  const row = page.getByRole("row", { name: /niklaus/ });
  await row.waitFor();
  await expectAccessible(page, "problem-submissions");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Export CSV", exact: true }).click(),
  ]);
  expect(readFileSync(await download.path(), "utf8")).toContain("niklaus");
  await row.getByRole("link", { name: /Accepted/ }).click();
  await page.locator("pre", { hasText: "map(int" }).waitFor();
}, 180_000);

test("submissions of before the accounts are taken over once", async () => {
  await service.restart();
  try {
    const page = await openProblem();
    await write(page, SOLUTION);
    await page.keyboard.press("Control+Shift+Enter");
    expect(await verdict(page)).toBe("Accepted");
    await service.restart(...ACCOUNTS);
    await page.goto(service.url);
    await register(page, "alan");
    await page.getByRole("button", { name: "Take them" }).click();
    await page.getByText("1 submission of this browser").waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await page.goto(`${service.url}/submissions`);
    await page.locator(".submission-list tbody tr", { hasText: "Accepted" }).waitFor();
    await page.reload();
    await page.locator(".submission-list tbody tr", { hasText: "Accepted" }).waitFor();
    expect(await page.getByRole("button", { name: "Take them" }).count()).toBe(0);
    await logOut(page);
    await register(page, "alonzo");
    expect(await page.getByRole("button", { name: "Take them" }).count()).toBe(0);
  } finally {
    await service.restart(...ACCOUNTS);
  }
}, 180_000);

test("a service for programs with keys says so", async () => {
  await service.restart("--auth", "keys");
  try {
    const page = await open("/");
    await page.getByText("This service is for programs with API keys").waitFor();
    await page.locator(".problems li").first().waitFor();
    expect(await page.getByRole("button", { name: "Log in" }).count()).toBe(0);
    await page.goto(`${service.url}/account`);
    await page.getByRole("heading", { name: "Page not found" }).waitFor();
  } finally {
    await service.restart(...ACCOUNTS);
  }
}, 120_000);
