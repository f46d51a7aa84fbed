/**
 * Removes all globals of a worker that are not on a list of allowed names. A list of dangerous names
 * would have to grow with the browsers. The frame's policy is a second barrier: it has no network
 * and no origin.
 */
const LANGUAGE = [
  "AggregateError Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date Error",
  "EvalError FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array",
  "Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError",
  "ReferenceError Reflect RegExp Set SharedArrayBuffer String Symbol SyntaxError TypeError URIError",
  "Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly decodeURI",
  "decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat",
  "parseInt undefined unescape SuppressedError DisposableStack AsyncDisposableStack",
];

const PLATFORM = [
  "AbortController AbortSignal DOMException Event EventTarget MessageChannel MessagePort MessageEvent",
  "TextDecoder TextEncoder URL URLSearchParams atob btoa clearInterval clearTimeout console crypto",
  "performance queueMicrotask setInterval setTimeout structuredClone",
];

const splitNames = (lines: string[]) => lines.flatMap((line) => line.split(" "));

/** Removes globals. `extraNames` are allowed in addition to the list. */
export function strip(extraNames: string[] = []): void {
  const allowed = new Set<string | symbol>([
    ...splitNames(LANGUAGE),
    ...splitNames(PLATFORM),
    ...extraNames,
    "constructor",
  ]);
  let object: object | null = globalThis;
  // EventTarget's methods are used by many other objects, so they stay.
  while (object !== null && object !== EventTarget.prototype && object !== Object.prototype) {
    for (const key of Reflect.ownKeys(object)) {
      if (typeof key === "string" && !allowed.has(key)) remove(object, key);
    }
    object = Object.getPrototypeOf(object);
  }
}

function remove(object: object, key: string): void {
  if (Reflect.deleteProperty(object, key)) return;
  Reflect.defineProperty(object, key, { value: undefined, writable: false });
}
