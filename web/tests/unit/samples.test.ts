import { expect, test } from "vitest";
import type { RunReport } from "../../src/executor/report";
import { parseRoute } from "../../src/router";
import { sampleCases, sampleResultOf } from "../../src/workbench/samples";

const report = (more: Partial<RunReport>): RunReport => ({
  place: "browser",
  outcome: { kind: "exited", exitCode: 0 },
  stdout: "",
  stderr: "",
  time: 1,
  ...more,
});

test.each([
  ["1 2\n", "1  2", "passed"],
  ["1\n2\n", "1 2", "passed"],
  ["12", "1 2", "failed"],
  ["Yes", "yes", "failed"],
  ["", "", "passed"],
])("output %j with expected %j: %s", (stdout, expected, sampleResult) => {
  expect(sampleResultOf(report({ stdout }), expected)).toBe(sampleResult);
});

test("a failed program does not pass, whatever its output", () => {
  expect(sampleResultOf(report({ stdout: "1", outcome: { kind: "exited", exitCode: 1 } }), "1")).toBe(
    "failed",
  );
  expect(
    sampleResultOf(report({ stdout: "1", outcome: { kind: "time_exceeded", limitMs: 5000 } }), "1"),
  ).toBe("failed");
});

test("limits of the browser leave the result unknown", () => {
  expect(
    sampleResultOf(report({ outcome: { kind: "exited", exitCode: 1 }, unsupported: "threads" }), "1"),
  ).toBe("unknown");
  expect(sampleResultOf(report({ outcome: { kind: "internal_error", detail: "" } }), "1")).toBe("unknown");
  expect(sampleResultOf(report({ outcome: { kind: "stopped" } }), "1")).toBe("unknown");
});

test("samples of interactive problems have no expected output", () => {
  const sample = { name: "1", input: "", output: "<1\n>2\n", interaction: true };
  expect(sampleCases([sample, { ...sample, interaction: false }])).toEqual([
    { name: "Sample 1", input: "", interaction: "<1\n>2\n" },
    { name: "Sample 1", input: "", expected: "<1\n>2\n" },
  ]);
  expect(sampleResultOf(report({ stdout: "3" }), undefined)).toBe("unknown");
});

test.each([
  ["/", { page: "problems" }],
  ["/problems/a%20b/", { page: "problem", id: "a b" }],
  ["/problems/%", { page: "problem", id: "%" }],
  ["/submissions/x", { page: "submission", id: "x" }],
  ["/status", { page: "status" }],
  ["/status/more", { page: "unknown" }],
  ["/problems/a/b", { page: "unknown" }],
  ["/nowhere", { page: "unknown" }],
])("%s is parsed as a route", (path, route) => {
  expect(parseRoute(path)).toEqual(route);
});
