// Evaluated before Pyodide is: it refuses to run in a worker in which `importScripts` works.
Reflect.deleteProperty(Object.getPrototypeOf(Object.getPrototypeOf(globalThis)), "importScripts");
Reflect.set(globalThis, "importScripts", undefined);
