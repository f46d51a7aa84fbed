/**
 * Identity of this browser's user. There are no accounts yet: a random id that can't be guessed
 * separates the submissions of one user from those of another.
 */
import { read, write } from "../storage";

function createUserId(): string {
  const id = `web-${crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-")}`;
  write("user", id);
  return id;
}

export const userId: string = read("user") ?? createUserId();
