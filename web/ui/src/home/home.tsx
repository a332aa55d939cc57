// Home: how every component is doing now, and the notebooks.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type NotebookEntry, fetchNotebooks } from "../api/notebooks";
import { address, go } from "../base/navigation";
import { listenForKeys } from "../base/keyboard";
import { type ThemeChoice, applyTheme, followSystemTheme, readTheme, writeTheme } from "../base/theme";
import { useAnswer } from "../explore/use_answer";
import { SilentLine } from "../setup/silent_line";
import { IconButton } from "../widgets/button";
import { RefreshIcon } from "../widgets/icons";
import { PageBar } from "../widgets/page_bar";
import { ThemeButton } from "../widgets/theme_button";
import { fetchTiles } from "./components";
import { NotebookList } from "./notebook_list";
import { Tiles } from "./tiles";
import "../style/notebook.css";
import "../style/home.css";

const REFRESH_MS = 30_000;

export function Home() {
  const round = useSignal(0);
  const tiles = useAnswer("tiles", round.value, fetchTiles);
  const notebooks = useAnswer("list", 0, (_: string, signal) => fetchNotebooks(signal));
  const theme = readTheme(new URLSearchParams(address.value.search));
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
  const choose = (next: ThemeChoice) => {
    const parameters = new URLSearchParams({ v: "home" });
    writeTheme(next, parameters);
    go(`?${parameters}`, "", "replace");
  };
  return (
    <div class="page home-page">
      <PageBar here="home" end={<ThemeButton theme={theme} onChoose={choose} />}>
        <IconButton label="Refresh now" onClick={() => round.value++}>
          <RefreshIcon />
        </IconButton>
      </PageBar>
      <SilentLine />
      <main>
        <h1 class="visually-hidden">Home</h1>
        <Tiles answer={tiles} notebooks={idsOf(notebooks.value)} />
        <NotebookList answer={notebooks} />
      </main>
    </div>
  );
}

function idsOf(entries: readonly NotebookEntry[] | null): ReadonlySet<string> {
  return new Set((entries ?? []).map(({ id }) => id));
}
