/** Where the executor's assets are: files of our own origin with a hash in their names. */
import wasmAddress from "pyodide/pyodide.asm.wasm?url";
import stdlibAddress from "pyodide/python_stdlib.zip?url";
import javascriptAddress from "../../generated/frame/javascript.js?url&no-inline";
import pythonAddress from "../../generated/frame/python.js?url&no-inline";
import shippedAddress from "../../generated/frame/python-snapshot.gz?url&no-inline";
import type { BrowserLanguage, LanguageAssets } from "./protocol";

const SNAPSHOTS = "letscode-python-snapshots";
/** Python's other assets have 6 MB. What brings them faster than this brings its memory, too, before it would be up. */
const FAST_MS = 2_000;
/** Keeping the memory shall not delay what it is needed for. */
const KEEP_AFTER_MS = 3_000;

async function bytes(address: string): Promise<ArrayBuffer> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.arrayBuffer();
}

async function text(address: string): Promise<string> {
  return new TextDecoder().decode(await bytes(address));
}

export async function loadAssets(language: BrowserLanguage): Promise<LanguageAssets> {
  if (language === "javascript") return { script: await text(javascriptAddress) };
  const began = performance.now();
  const [script, wasm, stdlib, stored] = await Promise.all([
    text(pythonAddress),
    bytes(wasmAddress),
    bytes(stdlibAddress),
    storedSnapshot(),
  ]);
  const isFast = performance.now() - began < FAST_MS;
  return { script, wasm, stdlib, snapshot: stored ?? (isFast ? await shippedSnapshot() : undefined) };
}

/** The one that came with the page, if one could be made when it was built. */
async function shippedSnapshot(): Promise<ArrayBuffer | undefined> {
  // It remembers a browser that can wait inside of wasm.
  if (!("Suspending" in WebAssembly)) return undefined;
  try {
    const { body } = await fetch(shippedAddress);
    if (!body) return undefined;
    const snapshot = await new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    setTimeout(storeSnapshot, KEEP_AFTER_MS, snapshot);
    return snapshot;
  } catch {
    // It starts without.
    return undefined;
  }
}

/** A snapshot fits only the very files it was made with; their hashes are in their names. */
function snapshotKey(): string {
  return `/snapshots/${[pythonAddress, wasmAddress, stdlibAddress].map((one) => one.replaceAll("/", ".")).join("+")}`;
}

async function storedSnapshot(): Promise<ArrayBuffer | undefined> {
  try {
    const cache = await caches.open(SNAPSHOTS);
    const found = await cache.match(snapshotKey());
    return await found?.arrayBuffer();
  } catch {
    // A browser may refuse to keep anything: Python then starts without.
    return undefined;
  }
}

export async function storeSnapshot(snapshot: ArrayBuffer): Promise<void> {
  try {
    await caches.delete(SNAPSHOTS);
    const cache = await caches.open(SNAPSHOTS);
    await cache.put(snapshotKey(), new Response(snapshot));
  } catch {
    // As above.
  }
}
