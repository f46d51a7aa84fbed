/** Work that is stored for each account apart, and the calendar of a profile. */
import { beforeEach, expect, test } from "vitest";
import { nextPath } from "../../src/account/provider-button";
import { calendarWeeks, shadeOf } from "../../src/parts/calendar";
import { parseRoute } from "../../src/router";
import { changeOwner, onOwnerChange, ownKey, read, removeWork, write } from "../../src/storage";

const stored = new Map<string, string>();

beforeEach(() => {
  changeOwner(undefined);
  stored.clear();
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  };
  // `Object.keys` of the browser's storage are its keys.
  globalThis.localStorage = new Proxy(storage, {
    ownKeys: () => [...stored.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  }) as unknown as Storage;
});

test("each account has drafts of its own, and nobody's are left after a log-out", () => {
  changeOwner("acct-1");
  write(ownKey("draft:sum:python"), "mine");
  changeOwner(undefined);
  expect(read(ownKey("draft:sum:python"))).toBeUndefined();
  changeOwner("acct-2");
  expect(read(ownKey("draft:sum:python"))).toBeUndefined();
  changeOwner("acct-1");
  expect(read(ownKey("draft:sum:python"))).toBe("mine");
});

test("what was written before a log-in becomes the account's, unless it has something there", () => {
  write("acct-1:draft:old:python", "the account's");
  write("draft:old:python", "somebody's");
  write("draft:new:python", "new");
  write("tests:new", "[]");
  write("theme", "dark");
  changeOwner("acct-1");
  expect(read(ownKey("draft:new:python"))).toBe("new");
  expect(read(ownKey("tests:new"))).toBe("[]");
  expect(read(ownKey("draft:old:python"))).toBe("the account's");
  changeOwner(undefined);
  expect(read("draft:new:python")).toBeUndefined();
  expect(read("tests:new")).toBeUndefined();
  expect(read("draft:old:python")).toBe("somebody's");
  expect(read("theme")).toBe("dark");
});

test("an account that takes over from another one adopts nothing", () => {
  changeOwner("acct-1");
  const adoptions: boolean[] = [];
  const stop = onOwnerChange({ enter: (isAdopting) => adoptions.push(isAdopting) });
  changeOwner("acct-2");
  changeOwner("acct-2");
  changeOwner(undefined);
  changeOwner("acct-1");
  stop();
  expect(adoptions).toEqual([false, false, true]);
});

test("what is not stored yet is stored for the user before", () => {
  changeOwner("acct-1");
  const stop = onOwnerChange({ leave: () => void write(ownKey("draft:sum:python"), "typed") });
  changeOwner(undefined);
  stop();
  expect([...stored.keys()]).toEqual(["letscode:acct-1:draft:sum:python"]);
  removeWork("acct-1");
  expect([...stored.keys()]).toEqual([]);
});

test("a calendar has 53 weeks from Monday, and ends today", () => {
  const now = Date.UTC(2026, 10, 30, 23, 59);
  const weeks = calendarWeeks([{ day: "2026-11-29", submissions: 3 }], now);
  expect(weeks.length).toBe(53);
  expect(weeks.at(-1)).toEqual([{ day: "2026-11-30", submissions: 0 }]);
  expect(weeks.at(-2)?.at(-1)).toEqual({ day: "2026-11-29", submissions: 3 });
  expect(weeks[0]?.[0]?.day).toBe("2025-12-01");
  for (const week of weeks) expect(new Date(week[0]?.day ?? "").getUTCDay()).toBe(1);
  expect([0, 1, 2, 3, 8, 1000].map(shadeOf)).toEqual([0, 1, 1, 2, 3, 4]);
});

test("addresses of accounts are known", () => {
  expect(parseRoute("/account")).toEqual({ page: "account" });
  expect(parseRoute("/users/ada")).toEqual({ page: "profile", name: "ada" });
  for (const path of ["/users", "/account/x", "/admin/x", "/users/a/b"])
    expect(parseRoute(path)).toEqual({ page: "unknown" });
});

test("a log-in at the provider leads back to the page that was open", () => {
  expect(nextPath({ pathname: "/problems/sum", search: "?lang=de" })).toBe("/problems/sum?lang=de");
  for (const pathname of ["/", "/login", "/register"])
    expect(nextPath({ pathname, search: "?x" })).toBe(pathname === "/" ? "/?x" : "/");
});
