/** Programs that attack the page. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type OpenBrowser, openBrowser } from "./browser";
import { openPhone, runWith, write } from "./phone";
import { Service } from "./service";

let service: Service;
let browser: OpenBrowser;
let page: Page;
let target: Server;
let hits: string[] = [];
let address: string;

beforeAll(async () => {
  target = createServer((request, response) => {
    hits.push(String(request.url));
    response.setHeader("access-control-allow-origin", "*");
    response.end("hit");
  });
  await new Promise<void>((listening) => target.listen(0, "127.0.0.1", listening));
  address = `http://127.0.0.1:${(target.address() as AddressInfo).port}/`;
  service = await Service.start();
  browser = await openBrowser();
  page = await openPhone(browser, service.url);
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
  target?.close();
});

/** After each attack the page still runs an honest program. */
afterEach(async () => {
  expect(hits).toEqual([]);
  hits = [];
  await write(page, "javascript", "console.log('still ' + require('fs').readFileSync(0, 'utf8'))");
  expect((await runWith(page, "here")).stdout).toBe("still here\n");
});

async function run(language: string, code: string) {
  await write(page, language, code);
  return runWith(page, "");
}

/** Repeats runs that reach the time limit: on a busy machine honest programs do as well. */
async function runInTime(language: string, code: string) {
  for (let tries = 1; ; tries++) {
    const ran = await run(language, code);
    if (ran.outcome !== "time_exceeded" || tries === 3) return ran;
  }
}

test("the target records requests", async () => {
  await fetch(`${address}control`);
  expect(hits).toEqual(["/control"]);
  hits = [];
});

test("JavaScript can't reach the network, other realms or the page's storage", async () => {
  await page.evaluate(() => localStorage.setItem("letscode:secret", "s3cret"));
  const { stdout, outcome } = await runInTime(
    "javascript",
    `
const url = ${JSON.stringify(address)};
const g = (0, eval)("this");
const tries = {
  fetch: () => g.fetch(url),
  functionFetch: () => Function("u", "return fetch(u)")(url),
  xhr: () => { const x = new g.XMLHttpRequest(); x.open("GET", url, false); x.send(); },
  socket: () => new g.WebSocket(url.replace("http", "ws")),
  socketStream: () => new g.WebSocketStream(url.replace("http", "ws")).opened,
  events: () => new g.EventSource(url),
  scripts: () => g.importScripts(url),
  import: () => import(url + "module.js"),
  importData: () => import("data:text/javascript,export default 1"),
  worker: () => new g.Worker(url),
  blobWorker: () => new g.Worker(g.URL.createObjectURL(new g.Blob(["1"]))),
  font: () => new g.FontFace("x", "url(" + url + "font)").load(),
  beacon: () => g.navigator.sendBeacon(url),
  transport: () => new g.WebTransport(url.replace("http", "https")).ready,
  storage: () => g.localStorage.getItem("letscode:secret"),
  database: () => new Promise((ok, no) => { const o = g.indexedDB.open("x"); o.onsuccess = ok; o.onerror = no; }),
  caches: () => g.caches.keys(),
  files: () => g.navigator.storage.getDirectory(),
  channel: () => new g.BroadcastChannel("x").postMessage(1),
  locks: () => g.navigator.locks.request("x", () => 1),
  frame: () => g.postMessage({ kind: "end" }),
  parent: () => g.parent.document.title,
  chain: () => {
    for (let o = g; o; o = Object.getPrototypeOf(o)) {
      const found = Object.getOwnPropertyNames(o).find((n) => /fetch|Request|Socket|indexedDB|caches|import|Worker$|navigator/.test(n) && o[n] !== undefined);
      if (found) return found;
    }
    throw new Error("nothing");
  },
  compile: () => WebAssembly.compileStreaming(g.fetch(url)),
};
(async () => {
  for (const [name, attempt] of Object.entries(tries)) {
    let result = "refused";
    try {
      await Promise.race([attempt(), new Promise((ok) => setTimeout(ok, 300))].map((p) => Promise.resolve(p).then((v) => { result = "reached " + String(v); })));
    } catch (error) {
      result = "refused";
    }
    if (result !== "refused") console.log(name, result);
  }
  console.log("tried", Object.keys(tries).length);
})();
`,
  );
  expect(stdout).toBe("tried 24\n");
  expect(outcome).toBe("exited");
});

const PYTHON_TRIES: [string, string, number][] = [
  [
    "the worker's names",
    `lambda: js.fetch(url), lambda: js.XMLHttpRequest.new(), lambda: js.WebSocket.new(url), lambda: js.importScripts(url),
    lambda: js.Worker.new(url), lambda: js.localStorage.getItem("letscode:secret"), lambda: js.indexedDB.open("x"),
    lambda: js.caches.keys(), lambda: js.navigator.sendBeacon(url), lambda: js.postMessage("x"), code, dynamic`,
    12,
  ],
  ["Pyodide's requests", "http", 1],
  ["packages", "package", 1],
  ["the library", "library", 1],
];

// In parts: on a busy machine the imports take seconds, and a program has five.
test.each(PYTHON_TRIES)("Python can't reach the network by %s", async (_name, tries, count) => {
  const { stdout, outcome, notice } = await runInTime(
    "python",
    `
import js, asyncio
url = ${JSON.stringify(address)}
async def http():
    from pyodide.http import pyfetch
    return await pyfetch(url)
async def package():
    import pyodide_js
    await pyodide_js.loadPackage(url + "x.whl")
    import x
def library():
    import urllib.request
    return urllib.request.urlopen(url, timeout=1)
def code():
    from pyodide.code import run_js
    return run_js("fetch('" + url + "')")
def dynamic():
    from pyodide.code import run_js
    return run_js("import('" + url + "')")
tries = [${tries}]
async def main():
    for at, attempt in enumerate(tries):
        try:
            result = attempt()
            if hasattr(result, "__await__"):
                result = await result
            print(at, "reached", result)
        except BaseException as error:
            pass
    print("tried", len(tries))
asyncio.run(main())
`,
  );
  expect(stdout, `${outcome} ${notice}`).toMatch(new RegExp(`tried ${count}\n$`));
  expect(stdout).not.toContain("reached");
});

test("a program can't forge the worker's messages", async () => {
  const ran = await run(
    "javascript",
    `
const seen = [];
const steal = (what) => function (...args) { for (const a of [what, ...args]) seen[seen.length] = String(a); };
MessagePort.prototype.postMessage = steal("post");
Reflect.apply = steal("apply");
Function.prototype.call = steal("call");
Function.prototype.apply = steal("bind");
for (const name of ["nonce", "kind", "exitCode", "port", "unsupported"])
  Object.defineProperty(Object.prototype, name, { set(v) { seen[seen.length] = String(v); }, get() { return "forged"; }, configurable: true });
Array.prototype.push = steal("push");
Uint8Array.prototype.set = steal("set");
const channel = new MessageChannel();
channel.port1.postMessage({ kind: "end", exitCode: 0, nonce: "guess" });
dispatchEvent(new MessageEvent("message", { data: { kind: "run", program: { code: "", input: "" }, nonce: "x" } }));
process.exit(seen.some((one) => /^[0-9a-f]{8}-/.test(one)) ? 66 : 9);
`,
  );
  expect(ran.summary).toMatch(/^Exit code 9/);
});

test("a run waits until its language is loaded", async () => {
  const newPage = await openPhone(browser, service.url);
  await write(newPage, "javascript", "console.log(1)");
  expect((await runWith(newPage, "")).stdout).toBe("1\n");
  await write(newPage, "python", "print(2)");
  expect((await runWith(newPage, "")).stdout).toBe("2\n");
  await newPage.close();
});

test("a program that breaks its worker is offered the server", async () => {
  const ran = await run(
    "javascript",
    "Array.prototype.push = Map.prototype.get = function () { throw 1; };\nnull.x",
  );
  expect(["exited"]).toContain(ran.outcome);
  expect(ran.stderr + ran.notice).not.toBe("");
});

test.each([
  ["javascript", "for (;;);"],
  ["python", "while True:\n    pass"],
])("an endless loop in %s is stopped after five seconds", async (language, code) => {
  const startedAt = Date.now();
  const ran = await run(language, code);
  expect(ran.outcome).toBe("time_exceeded");
  expect(ran.notice).toContain("Run on the server");
  expect(Date.now() - startedAt).toBeLessThan(12_000);
});

test.each([
  ["javascript", "for (;;) console.log('x'.repeat(1000));"],
  ["python", "while True:\n    print('x' * 1000)"],
])("endless output of %s is cut", async (language, code) => {
  const ran = await run(language, code);
  expect(ran.outcome).toBe("output_exceeded");
  expect(ran.stdout.length).toBeLessThan(60_000);
});

/**
 * Playwright gives a page up when one of its frames dies, and frames without an origin may share a process. So this test
 * has a browser of its own: the page stores what it shows, and a page without a frame reads that.
 */
test("JavaScript that uses all memory loses only its frame", async () => {
  const own = await openBrowser();
  const observer = await own.context.newPage();
  await observer.goto(`${service.url}/status`);
  const victim = await openPhone(own, service.url);
  await write(victim, "javascript", "const a = []; for (;;) a.push(new Array(1e6).fill(a.length));");
  await victim.getByRole("button", { name: "Results", exact: true }).click();
  await victim.getByRole("tab", { name: "Custom input" }).click();
  await victim.evaluate(() => {
    const ended = async () => {
      for (;;) {
        await new Promise((wait) => setTimeout(wait, 50));
        const box = document.querySelector<HTMLElement>(".run-pane .case-result[data-outcome]");
        if (box) return box;
      }
    };
    const click = (label: string) =>
      [...document.querySelectorAll("button")].find((button) => button.textContent === label)?.click();
    const rewrite = (code: string) => {
      const editor = document.querySelector(".plain-editor textarea");
      Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set?.call(editor, code);
      editor?.dispatchEvent(new Event("input", { bubbles: true }));
    };
    void (async () => {
      click("Run with this input");
      const first = await ended();
      localStorage.setItem(
        "test:first",
        `${first.dataset.outcome} ${first.querySelector(".notice")?.textContent}`,
      );
      rewrite("console.log('alive')");
      await new Promise((wait) => setTimeout(wait, 1_500));
      click("Run with this input");
      await new Promise((wait) => setTimeout(wait, 50));
      const second = await ended();
      localStorage.setItem("test:second", second.querySelector("pre")?.textContent ?? "");
    })();
  });
  const noted = (key: string) =>
    expect.poll(() => observer.evaluate((name) => localStorage.getItem(name), key), {
      timeout: 40_000,
      interval: 200,
    });
  await noted("test:first").toMatch(/^(memory_exceeded|time_exceeded|exited) .*Run on the server/);
  await noted("test:second").toBe("alive\n");
  await own.close();
});

test("Python that uses too much memory gets an error and is offered the server", async () => {
  const ran = await run("python", "x = bytearray(10**9)");
  expect(ran.stderr).toContain("MemoryError");
  expect(ran.notice).toContain("Not available in the browser: this much memory");
});

test.each([
  ["javascript", "require('worker_threads')", "worker_threads"],
  ["javascript", "import fs from 'fs';\nconsole.log(1)", "module"],
  ["javascript", "const f = (n) => n === 0 ? 0 : 1 + f(n - 1); console.log(f(1e6))", "recursion this deep"],
  ["python", "import threading\nthreading.Thread(target=print).start()", "threads"],
  ["python", "import subprocess\nsubprocess.run(['ls'])", "other programs"],
  ["python", "import numpy", "numpy"],
])("the server is offered for features that browsers lack: %s %s", async (language, code, what) => {
  const ran = await run(language, code);
  expect(ran.notice).toContain(what);
  expect(ran.notice).toContain("Run on the server");
});

test("deep recursion through C in Python counts as a limit of the browser", async () => {
  const ran = await run(
    "python",
    "import sys\nsys.setrecursionlimit(10**6)\nclass A:\n    def __add__(self, n):\n        return n if n == 0 else sorted([n], key=lambda x: A() + (x - 1))[0]\nprint(A() + 20000)",
  );
  expect(ran.notice).toContain("Run on the server");
});
