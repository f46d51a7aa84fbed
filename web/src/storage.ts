/** The browser's storage. The page works without it, but forgets everything when it is closed. */
const PREFIX = "letscode:";

/** Account whose work is read and written; undefined without a log-in. */
let owner: string | undefined;

/** Kinds of keys that are a user's own work. */
const OWN_KINDS = ["draft:", "tests:"] as const;

interface OwnerListener {
  /** Called before the change, to store what is not stored yet. */
  leave?(): void;
  /** Called after it. `isAdopting`: work of before a log-in becomes the account's. */
  enter?(isAdopting: boolean): void;
}

const ownerListeners = new Set<OwnerListener>();

/** Adds a listener; the returned function removes it. */
export function onOwnerChange(listener: OwnerListener): () => void {
  ownerListeners.add(listener);
  return () => ownerListeners.delete(listener);
}

/** Returns the key of something that is stored for each account apart. */
export function ownKey(key: string): string {
  return owner === undefined ? key : `${owner}:${key}`;
}

/** True if a storage event of another tab is about this key. */
export function isKeyOf(event: StorageEvent, key: string): boolean {
  return event.key === PREFIX + key;
}

export function storageOwner(): string | undefined {
  return owner;
}

/**
 * Changes whose work is read and written. At a log-in, drafts and tests that were written before it become
 * the account's, unless it has others there.
 */
export function changeOwner(next: string | undefined): void {
  if (next === owner) return;
  const isAdopting = owner === undefined;
  for (const listener of ownerListeners) listener.leave?.();
  owner = next;
  for (const listener of ownerListeners) listener.enter?.(isAdopting);
  if (isAdopting) adoptWork();
}

function adoptWork(): void {
  for (const key of storedKeys()) {
    if (!OWN_KINDS.some((kind) => key.startsWith(kind))) continue;
    const value = read(key);
    const own = read(ownKey(key));
    if (value === undefined || (own !== undefined && own !== value)) continue;
    if (own === value || write(ownKey(key), value)) remove(key);
  }
}

function storedKeys(): string[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => key.slice(PREFIX.length));
  } catch {
    return [];
  }
}

/** Removes everything that an account has stored in this browser. */
export function removeWork(account: string): void {
  for (const key of storedKeys()) if (key.startsWith(`${account}:`)) remove(key);
}

export function read(key: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Returns true if the value was stored. */
export function write(key: string, value: string): boolean {
  try {
    localStorage.setItem(PREFIX + key, value);
    return true;
  } catch {
    return false;
  }
}

export function remove(key: string): void {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // Without storage there is nothing to remove.
  }
}
