/** What the browser can't do, and the server can. */
let found: string | undefined;

export class Beyond extends Error {
  override name = "NotInTheBrowser";
  constructor(what: string) {
    super(`${what} can't be had in the browser; the server has it`);
    noteBeyond(what);
  }
}

/** Remembered even if the program catches the error: from then on it goes another way than on the server. */
export function noteBeyond(what: string): void {
  found ??= what;
}

export function whatWasBeyond(): string | undefined {
  return found;
}
