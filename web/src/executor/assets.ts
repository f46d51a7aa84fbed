/** Where the executor's parts are: files of our own origin with a hash in their names. */
import wasmAddress from "pyodide/pyodide.asm.wasm?url";
import stdlibAddress from "pyodide/python_stdlib.zip?url";
import javascriptAddress from "../../generated/frame/javascript.js?url&no-inline";
import pythonAddress from "../../generated/frame/python.js?url&no-inline";
import type { BrowserLanguage, Parts } from "./protocol";

const SNAPSHOTS = "letscode-python-snapshots";

async function bytes(address: string): Promise<ArrayBuffer> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.arrayBuffer();
}

async function text(address: string): Promise<string> {
  return new TextDecoder().decode(await bytes(address));
}

export async function partsOf(language: BrowserLanguage): Promise<Parts> {
  if (language === "javascript") return { script: await text(javascriptAddress) };
  const [script, wasm, stdlib, snapshot] = await Promise.all([
    text(pythonAddress),
    bytes(wasmAddress),
    bytes(stdlibAddress),
    storedSnapshot(),
  ]);
  return { script, wasm, stdlib, snapshot };
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
