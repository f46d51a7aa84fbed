import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compressed } from "./build/compressed.ts";
import { documents } from "./build/documents.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const DIST = at("dist/page");
const SERVER = process.env.LETSCODE_URL ?? "http://127.0.0.1:3001";

/** Makes `vite preview` send the same policies as the server. */
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

/** Drops two of the three formats of KaTeX's fonts: all supported browsers use the first, smallest one. */
function dropFontFormats() {
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
    dropFontFormats(),
    documents(at("generated/frame/runner.js")),
    compressed(DIST),
    policies(),
  ],
  resolve: {
    alias: [
      // It imports Monaco by names from before its exports map, and would bundle another Monaco.
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
          // The tests mostly wait for their browser and their service.
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
