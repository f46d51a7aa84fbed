/** Logging in at an OpenID provider, with the real service and a real browser. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenBrowser, openBrowser, screenshot } from "./browser";
import { Provider } from "./provider";
import { Service } from "./service";

const PASSWORD = "correct horse battery";

let provider: Provider;
let service: Service;
let browser: OpenBrowser;

beforeAll(async () => {
  provider = await Provider.start();
  service = await Service.start("--auth", "accounts");
  await serve("open");
  browser = await openBrowser();
  browser.context.setDefaultTimeout(15_000);
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
  provider?.stop();
});

/** Starts the service again, with the provider and a rule for registrations. */
async function serve(registration: string): Promise<void> {
  const oidc = ["--oidc-issuer", provider.url, "--oidc-client-id", "judge", "--oidc-name", "School"];
  await service.restart(
    ...["--auth", "accounts", "--registration", registration, "--public-url", service.url],
    ...oidc,
  );
}

async function open(path: string): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(service.url + path);
  return page;
}

async function logIn(page: Page): Promise<void> {
  await page.locator(".header").getByRole("button", { name: "Log in" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Continue with School" }).click();
}

test("people log in at the provider, come back to their page, and link another account", async () => {
  const page = await open("/problems/aplusb");
  await logIn(page);
  await page.locator(".account-menu").getByRole("button", { name: "countess" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/problems/aplusb");
  await page.goto(`${service.url}/account`);
  await page.getByRole("heading", { name: "Log in with School" }).waitFor();
  await screenshot(page, "provider-account");
  // The only way in stays.
  await page.getByRole("button", { name: "Unlink" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Unlink" }).click();
  await page.getByRole("alert").getByText("choose a password first").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByRole("button", { name: "Choose a password" }).click();
  await page.getByRole("button", { name: "Change the password" }).waitFor();
  provider.person = { sub: "8", preferred_username: "other" };
  await page.getByRole("button", { name: "Link an account at School" }).click();
  await page.getByRole("dialog").getByLabel("Your password").fill(PASSWORD);
  await page.getByRole("dialog").getByRole("button", { name: "Link an account at School" }).click();
  await expect.poll(() => page.getByText(`8 at ${provider.url}`).count()).toBe(1);
  await page.close();
});

test("the page says why a log-in failed", async () => {
  await serve("closed");
  await browser.context.clearCookies();
  provider.person = { sub: "9", preferred_username: "eve" };
  const page = await open("/");
  await logIn(page);
  await page.getByRole("alert").getByText("made by the people who run this service").waitFor();
  expect(page.url()).toBe(`${service.url}/login`);
  await screenshot(page, "provider-refused");
  await page.close();
});
