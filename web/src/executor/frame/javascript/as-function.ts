/** As Node wraps a CommonJS module; on one line with the code, so that its line numbers stay true. */
const HEAD = "(function (exports, require, module, __filename, __dirname) { ";

export const FILE_NAME = "/workspace/solution.js";
export const HEAD_COLUMNS = HEAD.length;

export function asFunction(code: string): string {
  return `${HEAD}${code.replace(/^#!/, "//")}\n})\n//# sourceURL=${FILE_NAME}`;
}
