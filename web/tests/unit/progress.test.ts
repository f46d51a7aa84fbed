import { expect, test } from "vitest";
import type { TestResult } from "../../src/api/client";
import { applyMessage, applySubmission, initialProgress, isFinal } from "../../src/stream/progress";
import type { StreamMessage } from "../../src/stream/stream";

const ID = "00000000-0000-4000-8000-000000000000";
const OTHER = "11111111-1111-4111-8111-111111111111";

const result = (testCaseNumber: number): TestResult => ({
  testCaseNumber,
  passed: true,
  verdict: "Accepted",
  executionTime: 1,
  wallTime: 1,
  memoryUsed: 1,
  isSample: false,
});
const verdict = { status: "Accepted" as const, passedTests: 2, totalTests: 2, maxTime: 1, maxMemory: 1 };
const update = (data: object, submissionId = ID): StreamMessage =>
  ({ type: "status_update", seq: 1, data: { submissionId, status: "Running", ...data } }) as StreamMessage;

test("events may arrive in any order and repeatedly", () => {
  const events = [
    update({ testResult: result(2) }),
    update({ testResult: result(1) }),
    update({ testResult: result(1) }),
    update({ status: "Completed", verdict }),
    update({ status: "Compiling" }),
    update({ testResult: result(3) }, OTHER),
  ];
  const progress = events.reduce(applyMessage, initialProgress(ID));
  expect(progress.results.map((test) => test.testCaseNumber)).toEqual([1, 2]);
  expect(progress.status).toBe("Completed");
  expect(isFinal(progress)).toBe(true);
});

test("the queue position disappears when judging starts", () => {
  const waiting: StreamMessage = { type: "queue_position", seq: 1, data: { submissionId: ID, position: 4 } };
  const queued = applyMessage(initialProgress(ID), waiting);
  expect(queued.position).toBe(4);
  expect(applyMessage(queued, update({})).position).toBeUndefined();
});

test("an outdated answer never undoes an event", () => {
  const done = applyMessage(initialProgress(ID), update({ status: "Completed", verdict }));
  const stale = {
    id: ID,
    userId: "u",
    problemId: "p",
    language: "python",
    isCustomTest: false,
    status: "Running" as const,
    verdict: null,
    verifiedBy: null,
    testResults: [result(1)],
    compilerOutput: "",
    createdAt: 0,
  };
  const after = applySubmission(done, stale);
  expect(after.status).toBe("Completed");
  expect(after.verdict).toEqual(verdict);
  expect(after.results.length).toBe(1);
});
