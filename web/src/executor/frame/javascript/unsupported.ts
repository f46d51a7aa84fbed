/** What the browser can't do, and the server can. */
let found: string | undefined;

export class UnsupportedError extends Error {
  override name = "NotInTheBrowser";
  constructor(what: string) {
    super(`${what} can't be had in the browser; the server has it`);
    recordUnsupported(what);
  }
}

/** Remembered even if the program catches the error: from then on it goes another way than on the server. */
export function recordUnsupported(what: string): void {
  found ??= what;
}

export function recordedUnsupported(): string | undefined {
  return found;
}
