// Tests with a real server at LETSCODE_URL; the project's `clients` test starts one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, Client, LetscodeError, Unreachable } from "../dist/index.js";

const url = process.env.LETSCODE_URL;
const skip = url === undefined ? "LETSCODE_URL names no server" : false;
const client = new Client(url);
const double = "print(int(input()) * 2)";
const tests = [
  { stdin: "1", expected: "2" },
  { stdin: "2", expected: "4" },
  { stdin: "3", expected: "7" },
];

test("runs a program", { skip }, async () => {
  const run = await client.run("python", double, { stdin: "21" });
  assert.equal(run.status, "Completed");
  assert.equal(run.runs[0].stdout, "42\n");
});

test("compiles once for all tests", { skip }, async () => {
  const source = "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << 2 * n; }";
  const run = await client.run("cpp", source, { tests });
  const verdicts = run.runs.map((result) => result.verdict);
  assert.deepEqual(verdicts, ["Accepted", "Accepted", "Wrong Answer"]);
});

test("mistakes of programs are results", { skip }, async () => {
  const run = await client.run("cpp", "int main() { return x; }");
  assert.equal(run.compile?.success, false);
  const endless = await client.run("python", "while True: pass", { limits: { cpuTime: 300 } });
  assert.equal(endless.runs[0].outcome, "cpu_time_exceeded");
});

test("refusals are errors with a reason", { skip }, async () => {
  await assert.rejects(client.run("cobol", "x"), (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.status, 400);
    assert.match(error.detail, /cobol/);
    return true;
  });
});

test("batches return every result", { skip }, async () => {
  const requests = Array.from({ length: 30 }, (_, number) => ({
    language: "python",
    code: double,
    stdin: String(number),
  }));
  const outputs = [];
  for await (const { index, run } of client.runMany([...requests, { language: "cobol", code: "x" }])) {
    outputs[index] = run?.runs[0]?.stdout;
  }
  assert.deepEqual(outputs, [...requests.map((_, number) => `${2 * number}\n`), undefined]);
});

test("scores are shares of tests", { skip }, async () => {
  assert.equal(await client.score("python", double, tests), 2 / 3);
  assert.equal(await client.score("python", "print(", tests), 0);
  await assert.rejects(client.score("python", double, [{ stdin: "1" }]), LetscodeError);
});

test("submissions are judged", { skip }, async () => {
  const solution = "print(sum(map(int, input().split())))";
  const submission = await client.submit("aplusb", "python", solution);
  const judged = await client.wait(submission.id);
  assert.equal(judged.status, "Completed");
});

test("servers that are not there", async () => {
  const nobody = new Client("http://127.0.0.1:9", { retries: 0 });
  await assert.rejects(nobody.languages(), Unreachable);
});
