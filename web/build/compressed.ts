import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSIBLE = /\.(js|mjs|css|html|svg|json|wasm|ttf)$/;
const SMALL_BYTES = 1 << 20;

/** Writes a brotli and a gzip copy beside each file that gets smaller by it. */
export function compressed(folder: string): Plugin {
  return {
    name: "letscode-compressed",
    apply: "build",
    closeBundle() {
      // Compression is slow, and not needed during development.
      if (process.env.LETSCODE_UNCOMPRESSED) return;
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        const path = join(folder, name);
        if (!COMPRESSIBLE.test(name) || !statSync(path).isFile()) continue;
        const plain = readFileSync(path);
        // For Python's 10 MB the best level takes half a minute and gains 5 %.
        const quality = plain.length < SMALL_BYTES ? 11 : 9;
        const params = {
          [constants.BROTLI_PARAM_QUALITY]: quality,
          [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
          [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
        };
        const copies = { br: brotliCompressSync(plain, { params }), gz: gzipSync(plain, { level: 9 }) };
        for (const [extension, copy] of Object.entries(copies)) {
          if (copy.length < plain.length) writeFileSync(`${path}.${extension}`, copy);
        }
      }
    },
  };
}
