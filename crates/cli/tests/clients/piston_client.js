// `piston-client`, unchanged, against the address in the first argument.
import assert from "node:assert";
import piston from "piston-client";

const client = piston({ server: process.argv[2] });

const runtimes = await client.runtimes();
const python = runtimes.find((runtime) => runtime.language === "python");
assert.match(python.version, /^3\.\d+\.\d+$/);
assert(python.aliases.includes("py"));

// Happy path, in the two ways of calling it.
let result = await client.execute("python", "import sys\nprint(sys.argv[1:])");
assert.equal(result.run.stdout, "['1', '2', '3']\n", JSON.stringify(result));
assert.deepEqual([result.run.code, result.run.signal, result.run.status], [0, null, null]);
result = await client.execute({
  language: "python",
  version: "3.x",
  files: [{ name: "main.py", content: "print(input()[::-1])" }],
  stdin: "abc",
});
assert.equal(result.run.output, "cba\n", JSON.stringify(result));

// Compile error: the same in both stages.
result = await client.execute("c++", "int main(){return x;}");
assert.equal(result.compile.code, 1, JSON.stringify(result));
assert.match(result.compile.stderr, /error/);
assert.deepEqual(result.run, result.compile);

// Time-out.
result = await client.execute("python", "import time; time.sleep(60)", { runTimeout: 500 });
assert.deepEqual([result.run.signal, result.run.status], ["SIGKILL", "TO"]);

// A program that fails. Piston has no verdicts: what is wrong is for the client to see.
result = await client.execute("javascript", "console.log(41); process.exit(2)");
assert.deepEqual([result.run.stdout, result.run.code, result.run.status], ["41\n", 2, "RE"]);

// Languages and limits that are not there.
result = await client.execute("cobol", "x", { version: "1" });
assert.equal(result.message, "cobol-1 runtime is unknown");
result = await client.execute("python", "x", { runTimeout: 1e9 });
assert.match(result.message, /^run_timeout cannot exceed the configured limit of \d+$/);

// Many at once.
const numbers = [...Array(24).keys()];
const results = await Promise.all(
  numbers.map((number) => client.execute("python", `print(${number})`)),
);
assert.deepEqual(
  results.map((each) => each.run.stdout),
  numbers.map((number) => `${number}\n`),
);
console.log("piston-client: all calls answered as expected");
