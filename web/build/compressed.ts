import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const WORTHWHILE = /\.(js|mjs|css|html|svg|json|wasm|ttf)$/;
const SMALL_BYTES = 1 << 20;

/** Writes a brotli and a gzip copy beside each file, where they are smaller. */
export function compressed(folder: string): Plugin {
  return {
    name: "letscode-compressed",
    apply: "build",
    closeBundle() {
      // While the page is worked on, nobody waits for its copies.
      if (process.env.LETSCODE_UNCOMPRESSED) return;
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        const path = join(folder, name);
        if (!WORTHWHILE.test(name) || !statSync(path).isFile()) continue;
        const plain = readFileSync(path);
        // The best level takes half a minute for Python's 10 MB and gains 5 %.
        const quality = plain.length < SMALL_BYTES ? 11 : 9;
        const params = {
          [constants.BROTLI_PARAM_QUALITY]: quality,
          [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
          [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
        };
        const copies = { br: brotliCompressSync(plain, { params }), gz: gzipSync(plain, { level: 9 }) };
        for (const [ending, copy] of Object.entries(copies)) {
          if (copy.length < plain.length) writeFileSync(`${path}.${ending}`, copy);
        }
      }
    },
  };
}
