/** Head of Node's wrapper for CommonJS modules; on the code's first line, so that line numbers stay right. */
const WRAPPER_HEAD = "(function (exports, require, module, __filename, __dirname) { ";

export const FILE_NAME = "/workspace/solution.js";
export const WRAPPER_COLUMNS = WRAPPER_HEAD.length;

export function wrapAsModule(code: string): string {
  return `${WRAPPER_HEAD}${code.replace(/^#!/, "//")}\n})\n//# sourceURL=${FILE_NAME}`;
}
