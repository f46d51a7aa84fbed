import { expect, test } from "vitest";
import { parseDiagnostics } from "../../src/editor/diagnostics";

// Copied from the output of the four toolchains.
const GCC = `solution.cpp: In function 'int main()':
solution.cpp:1:13: error: 'foo' was not declared in this scope
    1 | int main(){ foo(); return 0 }
      |             ^~~
solution.cpp:2:5: warning: unused variable 'x' [-Wunused-variable]
`;
const RUSTC = `error[E0308]: mismatched types
 --> solution.rs:1:25
  |
1 | fn main(){ let x: i32 = "a"; }
  |                   ---   ^^^ expected \`i32\`, found \`&str\`
  |                   |
  |                   expected due to this

error: aborting due to 1 previous error
`;
const PYTHON = `  File "solution.py", line 1
    def f(:
          ^
SyntaxError: invalid syntax
`;
const NODE = `/workspace/solution.js:2
let x = ;
        ^

SyntaxError: Unexpected token ';'
    at wrapSafe (node:internal/modules/cjs/loader:1464:18)
`;

test.each([
  [
    "gcc",
    GCC,
    [
      [1, 13, "error", "'foo' was not declared in this scope"],
      [2, 5, "warning", "unused variable 'x' [-Wunused-variable]"],
    ],
  ],
  ["rustc", RUSTC, [[1, 25, "error", "mismatched types"]]],
  ["python", PYTHON, [[1, 7, "error", "SyntaxError: invalid syntax"]]],
  ["node", NODE, [[2, 9, "error", "SyntaxError: Unexpected token ';'"]]],
])("errors of %s get positions", (format, output, expected) => {
  const diagnostics = parseDiagnostics(output, format).map(({ line, column, severity, text }) => [
    line,
    column,
    severity,
    text,
  ]);
  expect(diagnostics).toEqual(expected);
});

test("other text has no diagnostics, and their number is limited", () => {
  expect(parseDiagnostics("Killed", "gcc")).toEqual([]);
  expect(parseDiagnostics("anything", "cobol")).toEqual([]);
  expect(parseDiagnostics("solution.cpp:1:1: error: x\n".repeat(5000), "gcc").length).toBe(100);
});
