// The `process` of bundled packages, which are evaluated before there is a program.
import { nextTick } from "./ticks";

const process = {
  nextTick,
  env: {},
  argv: [],
  version: "v20.0.0",
  versions: {},
  browser: true,
  emitWarning() {},
};

export const { env, argv, version, versions, browser, emitWarning } = process;
export { nextTick };
export default process;
