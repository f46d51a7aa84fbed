declare module "pyodide/pyodide.asm.mjs" {
  const createPyodideModule: (settings: unknown) => Promise<never>;
  export default createPyodideModule;
}
declare module "pyodide/pyodide-lock.json" {
  export const info: import("pyodide").LockfileInfo;
}
declare module "pyodide/pyodide.mjs" {
  export * from "pyodide";
}
declare module "buffer/" {
  export { Buffer } from "node:buffer";
}
declare module "events/" {
  export { default, EventEmitter } from "node:events";
}
declare module "assert/" {
  export { default } from "node:assert";
}
declare module "string_decoder/" {
  export { StringDecoder } from "node:string_decoder";
}
declare module "path-browserify" {
  export { default } from "node:path";
}
declare module "readable-stream" {
  export { default, Readable, Writable } from "node:stream";
}
declare module "*.py?raw" {
  const text: string;
  export default text;
}
