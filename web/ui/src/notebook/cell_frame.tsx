// One cell: its title and what can be done with it, around its answer or its editor.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { formatInstant } from "../base/format";
import { parseTime } from "../base/time";
import { Button, IconButton } from "../widgets/button";
import { ChartIcon, GripIcon, MoreIcon, RefreshIcon, TableIcon } from "../widgets/icons";
import { Menu } from "../widgets/menu";
import { actionsOf } from "./cell_actions";
import { CellBody } from "./cell_body";
import { CellEditor } from "./cell_editor";
import { type Cell, heightOf, titleOf } from "./document";
import type { NotebookModel } from "./model";
import { useVisible } from "./use_visible";

interface CellFrameProps {
  readonly model: NotebookModel;
  readonly cell: Cell;
  readonly place: number;
  readonly count: number;
}

export function CellFrame({ model, cell, place, count }: CellFrameProps) {
  const box = useRef<HTMLElement>(null);
  const isVisible = useVisible(box);
  const table = useSignal(false);
  // Computed, so that a step to another cell draws two cells anew, and not all of them.
  const isEditing = useComputed(() => model.editing.value === cell.id).value;
  const isFocused = useComputed(() => model.focused.value === cell.id).value;
  const isEntry = useComputed(() => model.focused.value === null).value && place === 0;
  const isDragged = useComputed(() => model.drag.dragged.value?.id === cell.id).value;
  const round = useComputed(() => (model.rounds.value.get(cell.id) ?? 0) + model.allRounds.value).value;
  useLayoutEffect(() => {
    if (isFocused && !isEditing && !box.current?.contains(document.activeElement)) focusCell(box.current);
  }, [isFocused, isEditing]);
  useEffect(() => model.seeParent(cell), [cell.of]);
  const done = (changed: Cell) => {
    model.changeCell(changed);
    model.editing.value = null;
    focusCell(box.current);
  };
  const height = heightOf(cell);
  const rerun = () => model.run(cell);
  return (
    <section
      ref={box}
      id={`cell-${cell.id}`}
      class={`cell ${cell.kind} ${cell.width} ${isDragged ? "dragged" : ""}`}
      aria-labelledby={`title-${cell.id}`}
      tabIndex={isFocused || isEntry ? 0 : -1}
      data-cell={cell.id}
      onFocusIn={() => (model.focused.value = cell.id)}
    >
      <header class="cell-head">
        <span class="cell-grip" aria-hidden="true" title="Drag to move; by keys Alt ↑ ↓" onPointerDown={(event) => model.drag.begin(event, cell.id)}>
          <GripIcon />
        </span>
        <h2 id={`title-${cell.id}`}>
          <span class="cell-number">{place + 1}</span> {titleOf(cell)}
        </h2>
        <Badges model={model} cell={cell} onRun={rerun} />
        <span class="cell-tools">
          {hasTable(cell) && (
            <IconButton label={table.value ? "Show as chart" : "Show as table"} onClick={() => (table.value = !table.value)}>
              {table.value ? <ChartIcon /> : <TableIcon />}
            </IconButton>
          )}
          {cell.kind !== "markdown" && cell.pin === null && (
            <IconButton label="Run again" onClick={rerun}>
              <RefreshIcon />
            </IconButton>
          )}
          <Menu label={`Actions of cell ${place + 1}`} items={() => actionsOf({ model, cell, place, count })}>
            <MoreIcon />
          </Menu>
        </span>
      </header>
      {isEditing && <CellEditor cell={cell} onDone={done} whileTyping={model.whileTyping} onTyped={(changed) => model.changeCell(changed)} />}
      <div class="cell-body" {...(height === null ? {} : { style: { height: `${height}px` }, tabIndex: 0, role: "group", "aria-label": "Answer" })}>
        <CellBody model={model} cell={cell} isVisible={isVisible} table={table.value} round={round} />
      </div>
    </section>
  );
}

export function focusCell(element: HTMLElement | null): void {
  element?.focus({ preventScroll: true });
  element?.scrollIntoView({ block: "nearest" });
}

function hasTable({ kind }: Cell): boolean {
  return kind === "latency" || kind === "heatmap" || kind === "series" || kind === "shares";
}

function Badges({ model, cell, onRun }: { readonly model: NotebookModel; readonly cell: Cell; readonly onRun: () => void }) {
  const isStale = model.isStale(cell);
  const at = cell.pin === null ? null : parseTime(cell.pin.at, 0n);
  return (
    <span class="cell-badges">
      {isStale && (
        <>
          <span class="badge">made of what has changed</span>
          <Button onClick={onRun}>Run</Button>
        </>
      )}
      {cell.pin !== null && <span class="badge pinned">pinned{at === null ? "" : ` ${formatInstant(at)}`}</span>}
      {cell.time !== null && (
        <span class="muted">
          {cell.time.from} – {cell.time.to}
        </span>
      )}
      {cell.ignoreFilters && <span class="muted">without the notebook’s filters</span>}
    </span>
  );
}
