// Light or dark: the system's choice unless the reader chose otherwise.
import { type ReadonlySignal, computed, signal } from "@preact/signals";
import { DARK, LIGHT } from "./palette";

export type ThemeChoice = "system" | "light" | "dark";

const systemIsDark = signal(false);
const choice = signal<ThemeChoice>("system");

/** The reader's choice, as it was applied. */
export const chosenTheme: ReadonlySignal<ThemeChoice> = choice;

export const palette = computed(() => {
  const dark = choice.value === "dark" || (choice.value === "system" && systemIsDark.value);
  return dark ? DARK : LIGHT;
});

/** Applies a choice to the page: CSS follows `data-theme`, canvases follow `palette`. */
export function applyTheme(wanted: ThemeChoice): void {
  choice.value = wanted;
  document.documentElement.dataset["theme"] = wanted;
}

/** The choice that an address names. */
export function readTheme(parameters: URLSearchParams): ThemeChoice {
  const theme = parameters.get("theme");
  return theme === "light" || theme === "dark" ? theme : "system";
}

/** Names a choice in an address. */
export function writeTheme(theme: ThemeChoice, parameters: URLSearchParams): void {
  if (theme === "system") parameters.delete("theme");
  else parameters.set("theme", theme);
}

/** Keeps up with the system's choice until the returned function is called. */
export function followSystemTheme(): () => void {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const update = () => void (systemIsDark.value = system.matches);
  update();
  system.addEventListener("change", update);
  return () => system.removeEventListener("change", update);
}
