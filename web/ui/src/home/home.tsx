// Home: how every component is doing now, and the notebooks.
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type NotebookEntry, fetchNotebooks } from "../api/notebooks";
import { address, go } from "../base/navigation";
import { listenForKeys } from "../base/keyboard";
import { type ThemeChoice, applyTheme, followSystemTheme, readTheme, writeTheme } from "../base/theme";
import { createClock } from "../explore/clock";
import { useAnswer } from "../explore/use_answer";
import { SilentLine } from "../setup/silent_line";
import { IconButton } from "../widgets/button";
import { RefreshIcon } from "../widgets/icons";
import { PageBar } from "../widgets/page_bar";
import { ThemeButton } from "../widgets/theme_button";
import { TILE_RANGE } from "./components";
import { NotebookList } from "./notebook_list";
import { Tiles } from "./tiles";
import "../style/notebook.css";
import "../style/home.css";

/** The tiles are cheap: they follow the server's news, and where it tells none are asked for this often. */
const REFRESH = signal("30s");
const RANGE = signal(TILE_RANGE);

export function Home() {
  const round = useSignal(0);
  const isBusy = useSignal(false);
  const ask = () => void round.value++;
  const notebooks = useAnswer("list", 0, (_: string, signal) => fetchNotebooks(signal));
  const theme = readTheme(new URLSearchParams(address.value.search));
  useEffect(() => applyTheme(theme), [theme]);
  useEffect(() => {
    document.title = "Home · Tailplane";
    const stops = [
      followSystemTheme(),
      listenForKeys({ r: ask, "/": () => document.querySelector<HTMLElement>(".notebook-search")?.focus() }),
      createClock({ refresh: REFRESH, range: RANGE, isBusy, isReading: () => false, ask }).follow(),
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
        <IconButton label="Refresh now" onClick={ask}>
          <RefreshIcon />
        </IconButton>
      </PageBar>
      <SilentLine />
      <main>
        <h1 class="visually-hidden">Home</h1>
        <Tiles round={round} isBusy={isBusy} notebooks={idsOf(notebooks.value)} />
        <NotebookList answer={notebooks} />
      </main>
    </div>
  );
}

function idsOf(entries: readonly NotebookEntry[] | null): ReadonlySet<string> {
  return new Set((entries ?? []).map(({ id }) => id));
}
