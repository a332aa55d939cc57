// The bar at the top of a notebook: the way home, time range, refresh, theme, help; and the filters below it.
import type { ThemeChoice } from "../base/theme";
import { ClauseEditor } from "../explore/clause_editor";
import { TimeRange } from "../explore/time_range";
import { REFRESH_CHOICES, type Refresh } from "../explore/view";
import { Button, IconButton } from "../widgets/button";
import { HelpIcon, HomeIcon, RefreshIcon, TailMark, ThemeIcon } from "../widgets/icons";
import { PageLink } from "../widgets/page_link";
import { EditableChip } from "./editable_chip";
import { setFilters, setTime } from "./edits";
import type { NotebookModel } from "./model";

const NEXT_THEME: Readonly<Record<ThemeChoice, ThemeChoice>> = { system: "light", light: "dark", dark: "system" };

export function NotebookToolbar({ model, onHelp }: { readonly model: NotebookModel; readonly onHelp: () => void }) {
  const { theme, open } = model.view.value;
  const refresh = model.refresh.value;
  return (
    <header class="toolbar">
      <span class="brand">
        <TailMark /> Tailplane
      </span>
      <nav class="places" aria-label="Places">
        <PageLink to="?v=home" title="All notebooks (g h)">
          <HomeIcon /> Home
        </PageLink>
        <PageLink to="?">Explore</PageLink>
      </nav>
      <div class="toolbar-controls">
        <TimeRange model={model} />
        <span class="refresh">
          <IconButton label="Refresh now" onClick={model.refreshNow}>
            <RefreshIcon />
          </IconButton>
          <select
            aria-label="Refresh every"
            value={refresh}
            onChange={(event) => model.change({ refresh: event.currentTarget.value as Refresh }, "replace")}
          >
            {REFRESH_CHOICES.map((choice) => (
              <option key={choice} value={choice}>
                {choice === "off" ? "refresh off" : open === null ? choice : `${choice}, paused`}
              </option>
            ))}
          </select>
        </span>
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

/** Time and filters differ from the document's until they are kept in it: who only looks changes nothing. */
export function NotebookFilters({ model }: { readonly model: NotebookModel }) {
  const filters = model.filters.value;
  const { range, filters: own, refresh } = model.view.value;
  const replaced = (place: number, clause: string) => model.setFilters(filters.map((before, at) => (at === place ? clause : before)));
  const keep = () => {
    const timed = setTime(model.document.peek(), { ...model.range.peek(), refresh: model.refresh.peek() });
    model.edit(setFilters(timed, filters));
    model.change({ range: null, filters: null, refresh: null }, "replace");
  };
  return (
    <section class="filter notebook-filters" aria-label="Filter of the notebook">
      <div class="filter-row">
        <span class="row-label">where</span>
        <ul class="chips">
          {filters.map((clause, place) => (
            <EditableChip
              key={`${place}${clause}`}
              model={model}
              clause={clause}
              context={filters.filter((_, at) => at !== place)}
              onCommit={(changed) => replaced(place, changed)}
              onRemove={() => model.setFilters(filters.filter((_, at) => at !== place))}
            />
          ))}
          <li class="chip-editor">
            <ClauseEditor
              model={model}
              label="Add a filter"
              placeholder="add a filter"
              initial=""
              autoFocus={false}
              context={filters}
              onCommit={model.addClause}
              onCancel={() => undefined}
            />
          </li>
        </ul>
        {(range !== null || own !== null || refresh !== null) && (
          <span class="filter-modes">
            <Button class="quiet" title="Back to the notebook’s own time and filters" onClick={() => model.change({ range: null, filters: null, refresh: null })}>
              Reset
            </Button>
            <Button class="quiet" title="Makes this time and these filters the notebook’s own" onClick={keep}>
              Keep in the notebook
            </Button>
          </span>
        )}
      </div>
    </section>
  );
}
