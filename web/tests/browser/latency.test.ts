/**
 * How long a person waits, from the click to the painted output. The figures are printed; what is asserted is
 * several times as much, since the machine that tests run on is shared. `docs/WEB.md` has those of a quiet one.
 */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "./browser";
import { openPhone, write } from "./phone";
import { Service } from "./service";

const ROUNDS = Number(process.env.LETSCODE_ROUNDS ?? 3);
/** For the next spare to be up. */
const PAUSE_MS = 500;
const SLACK = 8;

let service: Service;

beforeAll(async () => {
  service = await Service.start();
});

afterAll(async () => {
  await service?.stop();
});

/** Clicks, and answers the milliseconds until the words were painted. */
async function clickToPaint(page: Page, words: string): Promise<number> {
  await page.locator(".custom textarea").fill(words);
  return page.evaluate(async (wanted) => {
    const pane = document.querySelector(".run-pane");
    const button = [...document.querySelectorAll("button")].find(
      (one) => one.textContent === "Run with this input",
    );
    const painted = new Promise<number>((done) => {
      const look = () => {
        const output = pane?.querySelector(".case-result[data-outcome] pre")?.textContent ?? "";
        if (!output.includes(wanted)) return;
        observer.disconnect();
        requestAnimationFrame(() => done(performance.now()));
      };
      const observer = new MutationObserver(look);
      if (pane)
        observer.observe(pane, { subtree: true, childList: true, characterData: true, attributes: true });
    });
    const began = performance.now();
    button?.click();
    return (await painted) - began;
  }, `${words}!`);
}

const CODE: Record<string, string> = {
  javascript: 'console.log(require("fs").readFileSync(0, "utf8") + "!");',
  python: 'print(input() + "!")',
};

async function toCustomInput(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Results", exact: true }).click();
  await page.getByRole("tab", { name: "Custom input" }).click();
}

function median(times: number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

test.each([
  ["javascript", 30],
  ["python", 50],
])("click to output in %s, with a spare: meant to be under %d ms", async (language, target) => {
  const browser = await openBrowser();
  try {
    const page = await openPhone(browser, service.url);
    await write(page, language, CODE[language] ?? "");
    await toCustomInput(page);
    await clickToPaint(page, "warm");
    await page.waitForTimeout(4 * PAUSE_MS);
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      times.push(await clickToPaint(page, `round ${round}`));
      await page.waitForTimeout(PAUSE_MS);
    }
    console.log(
      `${language}: median ${median(times).toFixed(1)} ms of`,
      times.map((one) => Math.round(one)).join(" "),
    );
    expect(median(times)).toBeLessThan(target * SLACK);
  } finally {
    await browser.close();
  }
});

test("the first Python run of a visit: meant to be under 2,000 ms, and 400 ms from the cache", async () => {
  const browser = await openBrowser();
  try {
    await browser.context.addInitScript(() => {
      localStorage.setItem("letscode:language", "python");
      localStorage.setItem("letscode:draft:aplusb:python", 'print(input() + "!")');
    });
    const first = async () => {
      const page = await openPhone(browser, service.url);
      await toCustomInput(page);
      return [page, await clickToPaint(page, "first")] as const;
    };
    const [page, cold] = await first();
    const isStored = async () => {
      const names = await caches.keys();
      const stored = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return stored.flat().length > 0;
    };
    await expect.poll(() => page.evaluate(isStored), { timeout: 30_000, interval: 200 }).toBe(true);
    await page.close();
    const cached: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [again, time] = await first();
      cached.push(time);
      await again.close();
    }
    console.log(
      `python, first run: cold ${cold.toFixed(0)} ms, cached`,
      cached.map((one) => Math.round(one)).join(" "),
    );
    expect(cold).toBeLessThan(2_000 * SLACK);
    expect(median(cached)).toBeLessThan(400 * SLACK);
  } finally {
    await browser.close();
  }
});

test("from the click on Submit to the last tick: close to the judge's own time", async () => {
  const browser = await openBrowser();
  try {
    const page = await openPhone(browser, service.url);
    const code = "a, b = map(int, input().split())\nprint(a + b)";
    await write(page, "python", code);
    const waits: number[] = [];
    // What the same takes without a page: from the request to the verdict in its answer.
    const judged: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      await service.ask("/api/submit?wait=true", { code, language: "python", problemId: "aplusb" });
      judged.push(performance.now() - began);
      const took = await page.evaluate(async () => {
        const judged = () => document.querySelector('.judgement[data-status="Completed"]');
        // The last one's verdict goes first: another one is another element.
        const last = judged();
        const began = performance.now();
        [...document.querySelectorAll<HTMLElement>("button")]
          .find((one) => one.textContent?.startsWith("Submit"))
          ?.click();
        while (!judged() || judged() === last) await new Promise(requestAnimationFrame);
        return performance.now() - began;
      });
      waits.push(took);
      await page.getByRole("button", { name: "Code", exact: true }).click();
      await page.waitForTimeout(100);
    }
    const list = (times: number[]) => times.map((one) => Math.round(one)).join(" ");
    console.log(
      `submit to verdict, python, 13 tests: ${list(waits)}; without the page ${list(judged)};`,
      `above it ${Math.round(median(waits) - median(judged))} ms, meant to be under 150`,
    );
    expect(median(waits)).toBeLessThan(10_000);
  } finally {
    await browser.close();
  }
});

test("what is loaded before the editor: meant to be under 250 kB", async () => {
  const browser = await openBrowser();
  try {
    const page = await browser.context.newPage();
    let bytes = 0;
    const sizes = new Map<string, number>();
    const client = await browser.context.newCDPSession(page);
    await client.send("Network.enable");
    const names = new Map<string, string>();
    client.on("Network.responseReceived", (event) => names.set(event.requestId, event.response.url));
    client.on("Network.loadingFinished", (event) => {
      bytes += event.encodedDataLength;
      sizes.set(names.get(event.requestId) ?? "?", event.encodedDataLength);
    });
    await page.goto(service.url);
    await page.waitForSelector(".problems li");
    await page.waitForTimeout(500);
    console.log(`first load: ${(bytes / 1000).toFixed(0)} kB in ${sizes.size} requests`);
    expect(bytes).toBeLessThan(250_000);
  } finally {
    await browser.close();
  }
});
