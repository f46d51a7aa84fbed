// Builds the scripts that run inside the frame, each as one classic script: module workers from blobs
// fail in a frame without an origin, and the frame may not load anything. The page sends the scripts to
// it as messages (`src/executor/`).
import { fileURLToPath } from "node:url";
import { build } from "vite";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

// A classic script has no `import.meta.url`, and Pyodide's files must not be inlined.
const replaceImportMeta = {
  name: "replace-import-meta",
  enforce: "pre",
  transform: (code, id) =>
    id.includes("/pyodide/") ? code.replaceAll("import.meta.url", '"https://runner.invalid/"') : null,
};

for (const name of ["runner", "javascript", "python"]) {
  await build({
    configFile: false,
    root: at("."),
    // Pyodide's branches for Node cause many warnings, and are never executed.
    logLevel: "error",
    plugins: [replaceImportMeta],
    define: {
      // Packages for Node read these.
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
