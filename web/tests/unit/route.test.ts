import { expect, test } from "vitest";
import { fellShort, type RunReport } from "../../src/executor/report";
import { claimOf } from "../../src/workbench/claim";
import { ownRoute } from "../../src/workbench/use-route";
import type { CaseRun } from "../../src/workbench/use-runs";

const report = (more: Partial<RunReport> = {}): RunReport => ({
  place: "browser",
  ending: { kind: "exited", exitCode: 0 },
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
  expect(ownRoute("javascript").strategy).toBe("client");
  expect(ownRoute("python").strategy).toBe("client");
  expect(ownRoute("cpp").strategy).toBe("server");
});

test.each<[Partial<RunReport>, boolean]>([
  [{}, false],
  [{ ending: { kind: "exited", exitCode: 1 } }, false],
  [{ ending: { kind: "too_much_output" } }, false],
  [{ ending: { kind: "stopped" } }, false],
  [{ ending: { kind: "too_long", limitMs: 5000 } }, true],
  [{ ending: { kind: "too_much_memory" } }, true],
  [{ ending: { kind: "our_fault", detail: "" } }, true],
  [{ beyond: "threads" }, true],
  [{ beyond: "threads", place: "server" }, false],
])("%j falls short of the browser: %s", (more, short) => {
  expect(fellShort(report(more))).toBe(short);
});

test("a claim is made of samples that all passed in this browser", () => {
  expect(claimOf([run(), run({ time: 5 })], 2)).toEqual({
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
  expect(claimOf(runs, wanted)).toBeUndefined();
});
