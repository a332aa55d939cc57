// Goes from the system's theme to light, to dark, and back.
import type { ThemeChoice } from "../base/theme";
import { IconButton } from "./button";
import { ThemeIcon } from "./icons";

const NEXT: Readonly<Record<ThemeChoice, ThemeChoice>> = { system: "light", light: "dark", dark: "system" };

export function ThemeButton({ theme, onChoose }: { readonly theme: ThemeChoice; readonly onChoose: (theme: ThemeChoice) => void }) {
  return (
    <IconButton label={`Theme: ${theme}`} onClick={() => onChoose(NEXT[theme])}>
      <ThemeIcon />
    </IconButton>
  );
}
