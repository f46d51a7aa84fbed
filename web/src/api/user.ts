/**
 * Identity of this browser's user in a service without accounts: a random secret, sent in a header and never part
 * of an address, makes its submissions those of one user. The server shows others an id that is derived from it.
 */
import { read, write } from "../storage";

/** Creates a secret of the form that the server also moves old submissions by: don't change it. */
function createSecret(): string {
  const secret = `web-${crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-")}`;
  write("user", secret);
  return secret;
}

/** The secret; an account can take what was submitted with it. */
export const browserSecret: string = read("user") ?? createSecret();

/** Headers that tell the server who sends a request. */
export const userHeaders = { "x-letscode-secret": browserSecret };

/** The same for WebSockets, which can't have headers: subprotocols, of which the server accepts the first. */
export const userProtocols = ["letscode", `letscode.secret.${browserSecret}`];
