/** The user's settings, stored in the browser. */
import { read, write } from "./storage";
import { Store } from "./store";

export interface Settings {
  /** Font size of the code, in pixels. */
  fontSize: number;
  /** Wraps long lines of code. */
  wrap: boolean;
  /** Lets the server compile drafts before they are submitted. */
  compileAhead: boolean;
  /** Key bindings of the editor. */
  keys: (typeof KEY_BINDINGS)[number];
}

export const FONT_SIZES = [12, 13, 14, 15, 16, 18, 20, 24] as const;

export const KEY_BINDINGS = ["ordinary", "vim"] as const;

export const DEFAULTS: Settings = { fontSize: 14, wrap: false, compileAhead: true, keys: "ordinary" };

/** Reads stored settings. Invalid and missing ones become the defaults. */
export function parseSettings(text: string | undefined): Settings {
  let stored: Partial<Record<keyof Settings, unknown>> | null = null;
  try {
    stored = JSON.parse(text ?? "{}");
  } catch {
    // Invalid JSON: the defaults are used.
  }
  const fontSize = FONT_SIZES.find((option) => option === stored?.fontSize) ?? DEFAULTS.fontSize;
  const flag = (name: "wrap" | "compileAhead") => {
    const value = stored?.[name];
    return typeof value === "boolean" ? value : DEFAULTS[name];
  };
  const keys = KEY_BINDINGS.find((option) => option === stored?.keys) ?? DEFAULTS.keys;
  return { fontSize, wrap: flag("wrap"), compileAhead: flag("compileAhead"), keys };
}

export const settings = new Store<Settings>(parseSettings(read("settings")));

export function changeSettings(change: Partial<Settings>): void {
  const changed = { ...settings.get(), ...change };
  write("settings", JSON.stringify(changed));
  settings.set(changed);
}
