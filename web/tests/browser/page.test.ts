/** The page in a real browser with the real service. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { collectPageErrors, type OpenBrowser, openBrowser, screenshot } from "./browser";
import { Service } from "./service";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

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

/** Takes a screenshot of each page that a failed test left open. */
afterEach(async ({ task }) => {
  const openPages = browser.context.pages().filter((page) => page.url() !== "about:blank");
  const hasFailed = task.result?.state === "fail";
  for (const [index, page] of openPages.entries()) {
    if (hasFailed)
      await screenshot(page, `failed-${task.name.slice(0, 40).replaceAll(/\W+/g, "-")}-${index}`);
    await page.close();
  }
});

async function open(path: string): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(service.url + path);
  return page;
}

async function openProblem(id = "aplusb"): Promise<Page> {
  const page = await open(`/problems/${id}`);
  await page.waitForSelector(".code-editor .view-lines");
  return page;
}

async function type(page: Page, language: string, code: string): Promise<void> {
  await page.locator(".toolbar select").selectOption(language);
  await page.waitForSelector(`.code-editor[data-language="${language}"]`);
  await page.locator(".code-editor .view-lines").click();
  await page.keyboard.press("Control+a");
  await paste(page, code);
}

/** Pastes text: for typed text the editor adds brackets and indentation. */
async function paste(page: Page, code: string): Promise<void> {
  await page.evaluate((text) => navigator.clipboard.writeText(text), code);
  await page.keyboard.press("Control+v");
}

async function verdict(page: Page): Promise<string> {
  const shown = page.locator('.judgement[data-status="Completed"] .judgement-head .verdict');
  await shown.waitFor({ timeout: 30_000 });
  return (await shown.textContent()) ?? "";
}

// Compilers are slow on a busy machine.
const TIMEOUT_MS = 120_000;

const SOLUTIONS: Record<string, string> = {
  javascript:
    'const [a, b] = require("fs").readFileSync(0, "utf8").split(" ").map(BigInt);\nconsole.log(String(a + b));',
  python: "a, b = map(int, input().split())\nprint(a + b)",
  cpp: "#include <iostream>\nint main() { long long a, b; std::cin >> a >> b; std::cout << a + b; }",
  rust: 'fn main() {\nlet mut s = String::new();\nstd::io::stdin().read_line(&mut s).unwrap();\nlet n: i64 = s.split_whitespace().map(|w| w.parse::<i64>().unwrap()).sum();\nprintln!("{n}");\n}',
};

test.each(Object.entries(SOLUTIONS))(
  "a program in %s is run, submitted, judged and listed",
  async (language, code) => {
    const page = await openProblem();
    const pageErrors = collectPageErrors(page);
    await type(page, language, code);
    await page.keyboard.press("Control+Enter");
    await page.locator(".summary", { hasText: "3 of 3 samples match" }).waitFor({ timeout: 60_000 });
    await screenshot(page, `run-${language}`);
    await page.keyboard.press("Control+Shift+Enter");
    expect(await verdict(page)).toBe("Accepted");
    expect(await page.locator(".tick-good").count()).toBe(13);
    await page.locator(".plot canvas").waitFor();
    await screenshot(page, `accepted-${language}`);
    await page.getByRole("tab", { name: "Submissions" }).click();
    const first = page.locator(".submission-list tbody tr").first();
    expect(await first.textContent()).toContain(`Accepted${language}`);
    await first.getByRole("link").click();
    await page.locator(".text-block", { hasText: "Code" }).locator("pre").waitFor();
    expect(await page.locator(".text-block pre").last().textContent()).toBe(code);
    await screenshot(page, `submission-${language}`);
    expect(pageErrors).toEqual([]);
    await page.close();
  },
  TIMEOUT_MS,
);

test("compile errors are marked in the editor, and wrong samples show a diff", async () => {
  const page = await openProblem();
  await type(page, "cpp", "int main() {\n    return 0;\n    undeclared();\n}");
  await page.keyboard.press("Control+Shift+Enter");
  expect(await verdict(page)).toBe("Compilation Error");
  await page.locator(".squiggly-error").first().waitFor();
  await screenshot(page, "compile-error");
  await type(page, "javascript", "const a = 1;\nlet b = ;\n");
  await page.keyboard.press("Control+Enter");
  await page.locator('.case-result[data-outcome="compile_failed"]').first().waitFor();
  await page.locator(".squiggly-error").first().waitFor();
  await type(page, "python", "a, b = map(int, input().split())\nprint(a - b)");
  await page.keyboard.press("Control+Enter");
  await page.locator(".diff .line-missing").first().waitFor();
  expect(await page.locator(".diff .line-missing").first().textContent()).toContain("7");
  await screenshot(page, "difference");
  await page.close();
});

test("each language has a draft, which survives a reload", async () => {
  const page = await openProblem("count-primes");
  await type(page, "python", "# mine\n");
  await type(page, "rust", "// mine too\n");
  await page.keyboard.press("Control+s");
  await page.reload();
  await page.waitForSelector('.code-editor[data-language="rust"] .view-lines');
  await page.locator(".view-lines", { hasText: "mine too" }).waitFor();
  await page.locator(".toolbar select").selectOption("python");
  await page.locator(".view-lines", { hasText: "# mine" }).waitFor();
  await page.getByRole("button", { name: "Reset" }).click();
  await page.locator(".view-lines", { hasText: "def main" }).waitFor();
  await page.close();
});

test("another tab's draft is offered, and verdicts reach both tabs", async () => {
  const [first, second] = [await openProblem("reverse-words"), await openProblem("reverse-words")];
  await first.locator(".toolbar select").selectOption("python");
  await second.locator(".toolbar select").selectOption("python");
  await second.getByRole("tab", { name: "Submissions" }).click();
  await type(first, "python", "print(1)");
  await second.getByText("This draft was changed in another tab.").waitFor();
  await second.getByRole("button", { name: "Use that version" }).click();
  await second.locator(".view-lines", { hasText: "print(1)" }).waitFor();
  await first.keyboard.press("Control+Shift+Enter");
  expect(await verdict(first)).toBe("Wrong Answer");
  await second.locator(".submission-list tbody tr", { hasText: "Wrong Answer" }).waitFor();
  await first.close();
  await second.close();
});

test("a crash of the service during judging is shown and loses nothing", async () => {
  const page = await openProblem();
  await page.locator(".connection-live").waitFor();
  await type(
    page,
    "python",
    `import time\nt = time.time()\nwhile time.time() - t < 0.4: pass\n${SOLUTIONS.python}`,
  );
  await page.keyboard.press("Control+Shift+Enter");
  await page.locator(".tick-good").first().waitFor();
  await service.kill();
  await page.locator(".connection:not(.connection-live)").waitFor();
  await screenshot(page, "connection-lost");
  await page.getByRole("tab", { name: "Samples" }).click();
  await page.keyboard.press("Control+Shift+Enter");
  await page.getByRole("alert").filter({ hasText: "can't be reached" }).waitFor();
  await service.launch();
  await page.locator(".connection-live").waitFor({ timeout: 30_000 });
  await page.goto(`${service.url}/submissions`);
  await page
    .locator(".submission-list tbody tr")
    .first()
    .filter({ hasText: "Accepted" })
    .waitFor({ timeout: 30_000 });
  await page.close();
});

test("results are polled if WebSockets are blocked", async () => {
  const page = await browser.context.newPage();
  await page.routeWebSocket(/\/ws/, (socket) => socket.close());
  await page.goto(`${service.url}/problems/aplusb`);
  await page.waitForSelector(".code-editor .view-lines");
  await page.locator(".connection-polling").waitFor({ timeout: 20_000 });
  await type(page, "cpp", SOLUTIONS.cpp ?? "");
  await page.keyboard.press("Control+Shift+Enter");
  expect(await verdict(page)).toBe("Accepted");
  await page.close();
});

test("code of five megabytes can be edited, but is refused with a reason", async () => {
  const page = await openProblem("max-subarray");
  await type(page, "javascript", `// ${"x".repeat(80)}\n`.repeat(60_000));
  await page.getByText("more than 1 MiB is neither saved nor judged").waitFor();
  await page.keyboard.press("Control+Shift+Enter");
  await page.getByRole("alert").filter({ hasText: "are allowed" }).waitFor();
  await page.close();
});

test("hostile HTML in a statement is shown as text", async () => {
  const folder = mkdtempSync(join(tmpdir(), "page-package-"));
  const pack = join(folder, "hostile-statement");
  mkdirSync(join(pack, "problem_statement"), { recursive: true });
  mkdirSync(join(pack, "data/sample"), { recursive: true });
  writeFileSync(join(pack, "problem.yaml"), 'name: "<img src=x onerror=alert(1)>"\n');
  writeFileSync(
    join(pack, "problem_statement/problem.en.md"),
    '<script>window.ran = 1</script><img src=x onerror="window.ran = 2"><svg onload="window.ran = 3">\n\n' +
      '<a href="javascript:window.ran = 4">click me</a> <style>body { display: none }</style> Still here.\n\n' +
      '<iframe srcdoc="<script>parent.ran = 5</script>"></iframe>',
  );
  writeFileSync(join(pack, "data/sample/1.in"), "</pre><script>window.ran = 6</script>\n");
  writeFileSync(join(pack, "data/sample/1.ans"), "\u202e txet\n");
  service.import(pack);
  rmSync(folder, { recursive: true });
  const page = await open("/problems/hostile-statement");
  await page.getByText("Still here.").waitFor();
  await page.getByText("click me").click();
  await page.waitForTimeout(200);
  expect(await page.evaluate(() => (window as unknown as { ran?: number }).ran)).toBeUndefined();
  expect(page.url()).toContain("/problems/hostile-statement");
  await page.close();
});

test("an unknown problem and an unknown address are reported", async () => {
  const page = await open("/problems/no-such-problem");
  await page.getByRole("alert").filter({ hasText: "there is no problem" }).waitFor();
  await page.close();
});

test("a problem can be solved with the keyboard alone", async () => {
  const page = await open("/");
  await page.waitForSelector(".problems li");
  const focused = () => page.evaluate(() => document.activeElement?.closest("a")?.textContent ?? "");
  for (let presses = 0; presses < 30 && !(await focused()).includes("A Plus B"); presses++)
    await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".code-editor .view-lines");
  const tabTo = async (selector: string) => {
    for (let presses = 0; presses < 60; presses++) {
      if (await page.evaluate((target) => document.activeElement?.closest(target) !== null, selector)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab never reached ${selector}`);
  };
  await tabTo(".toolbar select");
  await page.keyboard.type("Pyth");
  await tabTo(".code-editor");
  await page.keyboard.press("Control+a");
  await paste(page, SOLUTIONS.python ?? "");
  await page.keyboard.press("Control+Shift+Enter");
  expect(await verdict(page)).toBe("Accepted");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.closest(".code-editor") === null)).toBe(true);
  await page.close();
});

const PAGES: [string, string, string][] = [
  ["list", "/", ".problems li"],
  ["problem", "/problems/grid-islands", ".code-editor .view-lines"],
  ["submissions", "/submissions", ".submission-list table"],
  ["status", "/status", ".tile"],
];

test.each(PAGES)(
  "%s is accessible in light and dark, fits a phone and loads from one origin",
  async (name, path, settled) => {
    const page = await browser.context.newPage();
    const foreign: string[] = [];
    page.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== service.url)
        foreign.push(request.url());
    });
    await page.goto(service.url + path);
    await page.waitForSelector(settled);
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.waitForTimeout(300);
      await screenshot(page, `${name}-${scheme}`);
      await page.evaluate(AXE);
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: { run(): Promise<import("axe-core").AxeResults> } };
        return (await axe.run()).violations.map(
          ({ id, impact, nodes }) => `${impact}: ${id}: ${nodes[0]?.html.slice(0, 120)}`,
        );
      });
      console.log(`axe on ${name}, ${scheme}:`, violations.length === 0 ? "nothing" : violations);
      expect(violations.filter((text) => /^(serious|critical)/.test(text))).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.reload();
    await page.waitForTimeout(500);
    await screenshot(page, `${name}-phone`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    expect(foreign).toEqual([]);
    await page.close();
  },
);
