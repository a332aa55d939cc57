// Home: how every component is doing now, and the notebooks.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type NotebookEntry, fetchNotebooks } from "../api/notebooks";
import { address, go } from "../base/navigation";
import { listenForKeys } from "../base/keyboard";
import { type ThemeChoice, applyTheme, followSystemTheme } from "../base/theme";
import { useAnswer } from "../explore/use_answer";
import { IconButton } from "../widgets/button";
import { RefreshIcon, TailMark, ThemeIcon } from "../widgets/icons";
import { PageLink } from "../widgets/page_link";
import { fetchTiles } from "./components";
import { NotebookList } from "./notebook_list";
import { Tiles } from "./tiles";
import "../style/notebook.css";
import "../style/home.css";

const REFRESH_MS = 30_000;
const NEXT_THEME: Readonly<Record<ThemeChoice, ThemeChoice>> = { system: "light", light: "dark", dark: "system" };

export function Home() {
  const round = useSignal(0);
  const tiles = useAnswer("tiles", round.value, fetchTiles);
  const notebooks = useAnswer("list", 0, (_: string, signal) => fetchNotebooks(signal));
  const theme = themeOf(address.value.search);
  useEffect(() => applyTheme(theme), [theme]);
  useEffect(() => {
    document.title = "Home · Tailplane";
    const timer = setInterval(() => {
      if (!document.hidden) round.value++;
    }, REFRESH_MS);
    const stops = [
      followSystemTheme(),
      listenForKeys({ r: () => void round.value++, "/": () => document.querySelector<HTMLElement>(".notebook-search")?.focus() }),
      () => clearInterval(timer),
    ];
    return () => stops.forEach((stop) => stop());
  }, []);
  const themed = (next: ThemeChoice) => go(next === "system" ? "?v=home" : `?v=home&theme=${next}`, "", "replace");
  return (
    <div class="page home-page">
      <header class="toolbar">
        <span class="brand">
          <TailMark /> Tailplane
        </span>
        <nav class="places" aria-label="Places">
          <PageLink to="?">Explore</PageLink>
        </nav>
        <div class="toolbar-controls">
          <IconButton label="Refresh now" onClick={() => round.value++}>
            <RefreshIcon />
          </IconButton>
          <IconButton label={`Theme: ${theme}`} onClick={() => themed(NEXT_THEME[theme])}>
            <ThemeIcon />
          </IconButton>
        </div>
      </header>
      <main>
        <h1 class="visually-hidden">Home</h1>
        <Tiles answer={tiles} notebooks={idsOf(notebooks.value)} />
        <NotebookList answer={notebooks} />
      </main>
    </div>
  );
}

function themeOf(search: string): ThemeChoice {
  const theme = new URLSearchParams(search).get("theme");
  return theme === "light" || theme === "dark" ? theme : "system";
}

function idsOf(entries: readonly NotebookEntry[] | null): ReadonlySet<string> {
  return new Set((entries ?? []).map(({ id }) => id));
}
