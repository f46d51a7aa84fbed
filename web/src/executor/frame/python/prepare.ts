// Evaluated before Pyodide, which refuses to run in a worker with a working `importScripts`.
Reflect.deleteProperty(Object.getPrototypeOf(Object.getPrototypeOf(globalThis)), "importScripts");
Reflect.set(globalThis, "importScripts", undefined);
