import { read, write } from "./storage";
import { Store } from "./store";

export type Theme = "light" | "dark";

const system = matchMedia("(prefers-color-scheme: dark)");
const chosen = () => read("theme") as Theme | undefined;

export const theme = new Store<Theme>(chosen() ?? (system.matches ? "dark" : "light"));

export function startTheme(): void {
  const apply = () => {
    document.documentElement.dataset.theme = theme.get();
  };
  theme.subscribe(apply);
  apply();
  system.addEventListener("change", () => {
    if (!chosen()) theme.set(system.matches ? "dark" : "light");
  });
}

export function toggleTheme(): void {
  const other = theme.get() === "dark" ? "light" : "dark";
  write("theme", other);
  theme.set(other);
}
