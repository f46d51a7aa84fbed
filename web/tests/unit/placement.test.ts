import { expect, test } from "vitest";
import { hitBrowserLimit, type RunReport } from "../../src/executor/report";
import { clientResultOf } from "../../src/workbench/client-result";
import { defaultPlacement } from "../../src/workbench/use-placement";
import type { CaseRun } from "../../src/workbench/use-runs";

const report = (more: Partial<RunReport> = {}): RunReport => ({
  place: "browser",
  outcome: { kind: "exited", exitCode: 0 },
  stdout: "3\n",
  stderr: "",
  time: 4,
  ...more,
});

const run = (more: Partial<RunReport> = {}): CaseRun => ({
  case: { name: "Sample 1", input: "1 2", expected: "3" },
  state: "done",
  report: report(more),
});

test("without the server's word browsers run what they speak", () => {
  expect(defaultPlacement("javascript").strategy).toBe("client");
  expect(defaultPlacement("python").strategy).toBe("client");
  expect(defaultPlacement("cpp").strategy).toBe("server");
});

test.each<[Partial<RunReport>, boolean]>([
  [{}, false],
  [{ outcome: { kind: "exited", exitCode: 1 } }, false],
  [{ outcome: { kind: "output_exceeded" } }, false],
  [{ outcome: { kind: "stopped" } }, false],
  [{ outcome: { kind: "time_exceeded", limitMs: 5000 } }, true],
  [{ outcome: { kind: "memory_exceeded" } }, true],
  [{ outcome: { kind: "internal_error", detail: "" } }, true],
  [{ unsupported: "threads" }, true],
  [{ unsupported: "threads", place: "server" }, false],
])("%j falls short of the browser: %s", (more, short) => {
  expect(hitBrowserLimit(report(more))).toBe(short);
});

test("a claim is made of samples that all passed in this browser", () => {
  expect(clientResultOf([run(), run({ time: 5 })], 2)).toEqual({
    testResults: [
      { verdict: "Accepted", executionTime: 4 },
      { verdict: "Accepted", executionTime: 5 },
    ],
  });
});

test.each([
  ["one that failed", [run(), run({ stdout: "4" })], 2],
  ["one that was not run", [run()], 2],
  ["one that the server ran", [run(), run({ place: "server" })], 2],
  ["no samples", [], 0],
])("no claim is made with %s", (_, runs, wanted) => {
  expect(clientResultOf(runs, wanted)).toBeUndefined();
});
