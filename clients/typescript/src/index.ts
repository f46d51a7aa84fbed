export type { BatchResult, ClientOptions, RunOptions } from "./client.js";
export { Client } from "./client.js";
export { ApiError, LetscodeError, RunFailed, Unreachable } from "./errors.js";
export { fraction } from "./score.js";
export type { components, paths } from "./generated/schema.js";
