/**
 * Who uses this browser. There are no accounts yet: a random name that nobody can guess keeps one
 * person's submissions from another.
 */
import { read, write } from "../storage";

function makeName(): string {
  const name = `web-${crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-")}`;
  write("user", name);
  return name;
}

export const userId: string = read("user") ?? makeName();
