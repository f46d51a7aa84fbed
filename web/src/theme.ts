import { read, write } from "./storage";
import { Store } from "./store";

export type Theme = "light" | "dark";

const systemTheme = matchMedia("(prefers-color-scheme: dark)");
const storedTheme = () => read("theme") as Theme | undefined;

export const theme = new Store<Theme>(storedTheme() ?? (systemTheme.matches ? "dark" : "light"));

export function startTheme(): void {
  const apply = () => {
    document.documentElement.dataset.theme = theme.get();
  };
  theme.subscribe(apply);
  apply();
  systemTheme.addEventListener("change", () => {
    if (!storedTheme()) theme.set(systemTheme.matches ? "dark" : "light");
  });
}

export function toggleTheme(): void {
  const next = theme.get() === "dark" ? "light" : "dark";
  write("theme", next);
  theme.set(next);
}
