/**
 * What a program finds in its worker. Everything else that browsers have is taken away: not a list
 * of what is dangerous, which would have to grow with the browsers. The frame's policy stands
 * behind this: without network and without an origin there is little to be had anyway.
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

const words = (lines: string[]) => lines.flatMap((line) => line.split(" "));

/** `more` names what this language needs beside. */
export function strip(more: string[] = []): void {
  const kept = new Set<string | symbol>([...words(LANGUAGE), ...words(PLATFORM), ...more, "constructor"]);
  let object: object | null = globalThis;
  // EventTarget's own methods serve many other objects, and stay.
  while (object !== null && object !== EventTarget.prototype && object !== Object.prototype) {
    for (const key of Reflect.ownKeys(object)) {
      if (typeof key === "string" && !kept.has(key)) remove(object, key);
    }
    object = Object.getPrototypeOf(object);
  }
}

function remove(object: object, key: string): void {
  if (Reflect.deleteProperty(object, key)) return;
  Reflect.defineProperty(object, key, { value: undefined, writable: false });
}
