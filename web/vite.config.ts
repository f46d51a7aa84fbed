import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compressed } from "./build/compressed.ts";
import { documents } from "./build/documents.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const DIST = at("dist/page");
const SERVER = process.env.LETSCODE_URL ?? "http://127.0.0.1:3001";

/** `vite preview` stands in for the binary while the page is worked on: same files, same policies. */
function policies() {
  return {
    name: "letscode-policies",
    configurePreviewServer(server: import("vite").PreviewServer) {
      server.middlewares.use((request, response, next) => {
        const name = request.url?.startsWith("/runner.html") ? "runner" : "index";
        response.setHeader("content-security-policy", readFileSync(`${DIST}/${name}.csp`, "utf8"));
        next();
      });
    },
  };
}

/** KaTeX brings each font three times; every browser that runs this page takes the first, smallest one. */
function oneKindOfFonts() {
  return {
    name: "letscode-fonts",
    enforce: "pre" as const,
    transform: (code: string, id: string) =>
      id.endsWith("katex.min.css")
        ? code.replaceAll(/,url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, "")
        : null,
  };
}

export default defineConfig({
  plugins: [
    react(),
    oneKindOfFonts(),
    documents(at("generated/frame/runner.js")),
    compressed(DIST),
    policies(),
  ],
  resolve: {
    alias: [
      // It speaks of Monaco by names of before its exports map, and brings browsers a Monaco from elsewhere.
      { find: /^monaco-vim$/, replacement: at("node_modules/monaco-vim/dist/index.mjs") },
      { find: /^monaco-editor\/esm\/vs\/(.*)$/, replacement: "monaco-editor/$1" },
    ],
  },
  build: {
    outDir: DIST,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 5000,
  },
  worker: { format: "es" },
  preview: {
    port: 4810,
    proxy: { "/api": SERVER, "/ws": { target: SERVER, ws: true } },
  },
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["tests/unit/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["tests/browser/**/*.test.ts"],
          exclude: ["tests/browser/latency.test.ts"],
          // Each mostly waits for its browser and its service.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "latency",
          include: ["tests/browser/latency.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
