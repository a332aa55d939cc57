// The bar of a notebook: time range and refresh, theme, help; and the filters below it.
import { ClauseEditor } from "../explore/clause_editor";
import { TimeRange } from "../explore/time_range";
import { Button, IconButton } from "../widgets/button";
import { HelpIcon } from "../widgets/icons";
import { PageBar } from "../widgets/page_bar";
import { RefreshControl } from "../widgets/refresh_control";
import { ThemeButton } from "../widgets/theme_button";
import { awaited } from "./ask";
import { EditableChip } from "./editable_chip";
import { setFilters, setTime } from "./edits";
import type { NotebookModel } from "./model";

export function NotebookToolbar({ model, onHelp }: { readonly model: NotebookModel; readonly onHelp: () => void }) {
  const { theme, open } = model.view.value;
  const end = (
    <>
      <ThemeButton theme={theme} onChoose={(next) => model.change({ theme: next }, "replace")} />
      <IconButton label="Keyboard shortcuts" onClick={onHelp}>
        <HelpIcon />
      </IconButton>
    </>
  );
  return (
    <PageBar here={null} end={end}>
      <TimeRange model={model} />
      <RefreshControl
        refresh={model.refresh.value}
        pausedWhile={open !== null ? "a trace is open" : model.clock.heldBy.value}
        isLive={model.clock.isLive.value}
        busy={awaited.value > 0}
        onNow={model.refreshNow}
        onChoose={(next) => model.change({ refresh: next }, "replace")}
      />
    </PageBar>
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
