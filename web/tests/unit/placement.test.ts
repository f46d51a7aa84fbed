import { expect, test } from "vitest";
import { hitBrowserLimit, type RunReport } from "../../src/executor/report";
import { clientResultOf } from "../../src/workbench/client-result";
import { defaultPlacement } from "../../src/workbench/use-placement";
import type { CaseRun } from "../../src/workbench/use-runs";

const report = (changes: Partial<RunReport> = {}): RunReport => ({
  place: "browser",
  outcome: { kind: "exited", exitCode: 0 },
  stdout: "3\n",
  stderr: "",
  time: 4,
  ...changes,
});

const run = (changes: Partial<RunReport> = {}): CaseRun => ({
  case: { name: "Sample 1", input: "1 2", expected: "3" },
  state: "done",
  report: report(changes),
});

test("without an answer of the server browsers run their languages", () => {
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
])("hitting a browser limit, %j: %s", (changes, isLimit) => {
  expect(hitBrowserLimit(report(changes))).toBe(isLimit);
});

test("a client result needs all samples to pass in this browser", () => {
  expect(clientResultOf([run(), run({ time: 5 })], 2)).toEqual({
    testResults: [
      { verdict: "Accepted", executionTime: 4 },
      { verdict: "Accepted", executionTime: 5 },
    ],
  });
});

test.each([
  ["a failed sample", [run(), run({ stdout: "4" })], 2],
  ["a sample that was not run", [run()], 2],
  ["a sample that ran on the server", [run(), run({ place: "server" })], 2],
  ["no samples", [], 0],
])("there is no client result with %s", (_, runs, sampleCount) => {
  expect(clientResultOf(runs, sampleCount)).toBeUndefined();
});
