/** Loads the executor's files, which have a hash in their names. */
import wasmAddress from "pyodide/pyodide.asm.wasm?url";
import stdlibAddress from "pyodide/python_stdlib.zip?url";
import javascriptAddress from "../../generated/frame/javascript.js?url&no-inline";
import pythonAddress from "../../generated/frame/python.js?url&no-inline";
import shippedAddress from "../../generated/frame/python-snapshot.gz?url&no-inline";
import type { BrowserLanguage, LanguageAssets } from "./protocol";

const SNAPSHOT_CACHE = "letscode-python-snapshots";
/** Python's other files have 6 MB. If they arrive within this time, loading the snapshot is faster than a start without it. */
const FAST_NETWORK_MS = 2_000;
/** Delay before a snapshot is stored, so that storing does not slow down the start. */
const STORE_DELAY_MS = 3_000;

async function fetchBytes(address: string): Promise<ArrayBuffer> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.arrayBuffer();
}

async function fetchText(address: string): Promise<string> {
  return new TextDecoder().decode(await fetchBytes(address));
}

export async function loadAssets(language: BrowserLanguage): Promise<LanguageAssets> {
  if (language === "javascript") return { script: await fetchText(javascriptAddress) };
  const startedAt = performance.now();
  const [script, wasm, stdlib, stored] = await Promise.all([
    fetchText(pythonAddress),
    fetchBytes(wasmAddress),
    fetchBytes(stdlibAddress),
    storedSnapshot(),
  ]);
  const isFast = performance.now() - startedAt < FAST_NETWORK_MS;
  return { script, wasm, stdlib, snapshot: stored ?? (isFast ? await shippedSnapshot() : undefined) };
}

/** Returns the snapshot that was built with the page, if there is one. */
async function shippedSnapshot(): Promise<ArrayBuffer | undefined> {
  // The snapshot was made for browsers with this feature.
  if (!("Suspending" in WebAssembly)) return undefined;
  try {
    const { body } = await fetch(shippedAddress);
    if (!body) return undefined;
    const snapshot = await new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    setTimeout(storeSnapshot, STORE_DELAY_MS, snapshot);
    return snapshot;
  } catch {
    // Python starts without a snapshot.
    return undefined;
  }
}

/** Cache key of a snapshot: the names of the files that it was made with, which contain their hashes. */
function snapshotKey(): string {
  return `/snapshots/${[pythonAddress, wasmAddress, stdlibAddress].map((address) => address.replaceAll("/", ".")).join("+")}`;
}

async function storedSnapshot(): Promise<ArrayBuffer | undefined> {
  try {
    const cache = await caches.open(SNAPSHOT_CACHE);
    const response = await cache.match(snapshotKey());
    return await response?.arrayBuffer();
  } catch {
    // The browser may refuse storage: Python then starts without a snapshot.
    return undefined;
  }
}

export async function storeSnapshot(snapshot: ArrayBuffer): Promise<void> {
  try {
    await caches.delete(SNAPSHOT_CACHE);
    const cache = await caches.open(SNAPSHOT_CACHE);
    await cache.put(snapshotKey(), new Response(snapshot));
  } catch {
    // The browser may refuse storage.
  }
}
