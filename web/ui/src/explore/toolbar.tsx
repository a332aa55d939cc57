// The bar at the top: name, time range, refresh, zone, theme, help.
import type { ThemeChoice } from "../base/theme";
import { IconButton } from "../widgets/button";
import { HelpIcon, HomeIcon, RefreshIcon, TailMark, ThemeIcon } from "../widgets/icons";
import { PageLink } from "../widgets/page_link";
import { ZoneSwitch } from "../widgets/zone_switch";
import { type Model, isReading } from "./model";
import { TimeRange } from "./time_range";
import { REFRESH_CHOICES, type Refresh } from "./view";

const NEXT_THEME: Readonly<Record<ThemeChoice, ThemeChoice>> = { system: "light", light: "dark", dark: "system" };

export function Toolbar({ model, onHelp }: { readonly model: Model; readonly onHelp: () => void }) {
  const { theme } = model.view.value;
  return (
    <header class="toolbar">
      <span class="brand">
        <TailMark /> Tailplane
      </span>
      <nav class="places" aria-label="Places">
        <PageLink to="?v=home" title="Notebooks, and p99 by component">
          <HomeIcon /> Home
        </PageLink>
        <PageLink to="?v=setup" title="How a cluster sends its traces here">
          Set up
        </PageLink>
      </nav>
      <div class="toolbar-controls">
        <TimeRange model={model} />
        <RefreshControl model={model} />
        <ZoneSwitch />
        <IconButton label={`Theme: ${theme}`} onClick={() => model.change({ theme: NEXT_THEME[theme] }, "replace")}>
          <ThemeIcon />
        </IconButton>
        <IconButton label="Keyboard shortcuts" onClick={onHelp}>
          <HelpIcon />
        </IconButton>
      </div>
    </header>
  );
}

function RefreshControl({ model }: { readonly model: Model }) {
  const { refresh } = model.view.value;
  const paused = refresh !== "off" && isReading(model.view.value);
  return (
    <span class="refresh">
      <IconButton label="Refresh now" onClick={model.refresh} class={model.latency.state.value.loading ? "busy" : ""}>
        <RefreshIcon />
      </IconButton>
      <select
        aria-label="Refresh every"
        title={paused ? "paused while a trace or a comparison is open, or cells are selected" : "refresh every"}
        value={refresh}
        onChange={(event) => model.change({ refresh: event.currentTarget.value as Refresh }, "replace")}
      >
        {REFRESH_CHOICES.map((choice) => (
          <option key={choice} value={choice}>
            {choice === "off" ? "refresh off" : paused ? `${choice}, paused` : choice}
          </option>
        ))}
      </select>
    </span>
  );
}
