/** What a person has chosen, kept in the browser. */
import { read, write } from "./storage";
import { Store } from "./store";

export interface Settings {
  /** Pixels. */
  fontSize: number;
  /** Whether long lines of code go on in the next one. */
  wrap: boolean;
  /** Whether the server may compile what is written before it is submitted. */
  compileAhead: boolean;
  /** What keys do in the editor. */
  keys: (typeof KEY_BINDINGS)[number];
}

export const FONT_SIZES = [12, 13, 14, 15, 16, 18, 20, 24] as const;

export const KEY_BINDINGS = ["ordinary", "vim"] as const;

export const DEFAULTS: Settings = { fontSize: 14, wrap: false, compileAhead: true, keys: "ordinary" };

/** What was kept may be from another version, or anybody's. */
export function parseSettings(text: string | undefined): Settings {
  let kept: Partial<Record<keyof Settings, unknown>> | null = null;
  try {
    kept = JSON.parse(text ?? "{}");
  } catch {
    // Then it is the defaults.
  }
  const fontSize = FONT_SIZES.find((one) => one === kept?.fontSize) ?? DEFAULTS.fontSize;
  const flag = (name: "wrap" | "compileAhead") => {
    const value = kept?.[name];
    return typeof value === "boolean" ? value : DEFAULTS[name];
  };
  const keys = KEY_BINDINGS.find((one) => one === kept?.keys) ?? DEFAULTS.keys;
  return { fontSize, wrap: flag("wrap"), compileAhead: flag("compileAhead"), keys };
}

export const settings = new Store<Settings>(parseSettings(read("settings")));

export function changeSettings(change: Partial<Settings>): void {
  const chosen = { ...settings.get(), ...change };
  write("settings", JSON.stringify(chosen));
  settings.set(chosen);
}
