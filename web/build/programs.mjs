// Builds the scripts that run inside the frame for programs, each as one classic script: module
// workers from blobs fail in a frame that has no origin, and the frame may load nothing itself.
// The page posts their text in (`src/executor/`).
import { fileURLToPath } from "node:url";
import { build } from "vite";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

// A classic script has no address of its own, and Pyodide's parts must not be put into it as text.
const withoutAddress = {
  name: "without-address",
  enforce: "pre",
  transform: (code, id) =>
    id.includes("/pyodide/") ? code.replaceAll("import.meta.url", '"https://runner.invalid/"') : null,
};

for (const name of ["runner", "javascript", "python"]) {
  await build({
    configFile: false,
    root: at("."),
    // Pyodide's branches for Node bring a page of warnings, and are never taken.
    logLevel: "error",
    plugins: [withoutAddress],
    define: {
      // Packages for Node ask for these.
      "process.env.NODE_ENV": JSON.stringify("production"),
      "process.env.NODE_DEBUG": "undefined",
      "process.env.READABLE_STREAM": JSON.stringify("disable"),
    },
    resolve: {
      alias: [
        { find: /^process\/?$/, replacement: at("src/executor/frame/javascript/bundled-process.ts") },
        { find: /^buffer\/?$/, replacement: at("node_modules/buffer/index.js") },
        { find: /^events\/?$/, replacement: at("node_modules/events/events.js") },
        { find: /^stream$/, replacement: "readable-stream" },
      ],
    },
    build: {
      outDir: at("generated/frame"),
      emptyOutDir: false,
      target: "es2022",
      reportCompressedSize: false,
      lib: {
        entry: at(`src/executor/frame/${name === "runner" ? "runner" : `${name}/worker`}.ts`),
        formats: ["iife"],
        name: "program",
        fileName: () => `${name}.js`,
      },
    },
  });
}
