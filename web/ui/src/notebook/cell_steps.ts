// Steps that change cells: add, move, edit, derive, pin; each is one edit that can be undone.
import { type ReadonlySignal, type Signal, batch, signal } from "@preact/signals";
import type { LatencySeries } from "../api/latency";
import { rfc3339, nowNanos } from "../base/time";
import type { LoadAttributes } from "../explore/compare_steps";
import type { Range } from "../explore/view";
import type { NotebookView } from "./address";
import type { CellAnswer } from "./ask";
import { comparisonOf, derivedAgain, essence, parentOf, withinSeries } from "./derived";
import { CELLS_MAX, type Cell, type CellKind, type LatencyCell, type NotebookDocument, newCell } from "./document";
import { changeCell, duplicateCell, freshId, insertCell, moveCell, placeOf, removeCell } from "./edits";

interface CellStepsNeeds {
  readonly document: ReadonlySignal<NotebookDocument>;
  readonly filters: ReadonlySignal<readonly string[]>;
  readonly edit: (next: NotebookDocument, words?: string | null) => void;
  readonly change: (patch: Partial<NotebookView>, how?: "push" | "replace") => void;
  /** The cell that the open trace was opened from. */
  readonly cellId: Signal<string | null>;
  readonly loadAttributes: LoadAttributes;
}

export function createCellSteps({ document, filters, edit, change, cellId, loadAttributes }: CellStepsNeeds) {
  const focused = signal<string | null>(null);
  const editing = signal<string | null>(null);
  /** The place at which a kind of cell is being chosen. */
  const adding = signal<number | null>(null);
  /** Of each derived cell, what its parent was when it was last run. */
  const parents = signal<ReadonlyMap<string, Cell>>(new Map());
  /** How often a reader asked for a cell again. */
  const rounds = signal<ReadonlyMap<string, number>>(new Map());

  const insert = (place: number, cell: Cell, words: string | null = null) => {
    const full = document.peek().cells.length >= CELLS_MAX;
    edit(insertCell(document.peek(), place, cell), words);
    if (!full) focused.value = cell.id;
  };
  const below = (id: string | null) => (id === null ? document.peek().cells.length : placeOf(document.peek(), id) + 1);
  const addClauses = (added: readonly string[]) => {
    const fresh = added.filter((clause) => !filters.peek().includes(clause));
    if (fresh.length > 0) change({ filters: [...filters.peek(), ...fresh] });
  };
  const derive = (cell: Cell, within: readonly string[], window: Range | null) => {
    const made = comparisonOf(cell, filters.peek(), freshId(document.peek()), { within, window });
    insert(below(cell.id), made, "Comparison added below");
  };

  return {
    focused,
    editing,
    adding,
    forget() {
      adding.value = null;
      focused.value = null;
      editing.value = null;
      parents.value = new Map();
    },
    addClauses,
    addClause: (clause: string) => addClauses([clause]),
    /** Puts a new cell at a place and begins to edit it. */
    addCell(place: number, kind: CellKind) {
      const cell = newCell(kind, freshId(document.peek()));
      batch(() => {
        insert(place, cell);
        editing.value = cell.id;
      });
    },
    placeBelow: below,
    addTrace(traceId: string, spanId: string | null, near: string) {
      const cell = { ...newCell("trace", freshId(document.peek())), traceId, spanId, near } as Cell;
      insert(below(cellId.peek()), cell, "Trace added to the notebook");
    },
    changeCell: (cell: Cell, words: string | null = null) => edit(changeCell(document.peek(), cell), words),
    removeCell: (id: string) => {
      const at = placeOf(document.peek(), id);
      edit(removeCell(document.peek(), id), "Cell removed");
      focused.value = document.peek().cells[Math.min(at, document.peek().cells.length - 1)]?.id ?? null;
    },
    moveCell: (id: string, by: -1 | 1) => edit(moveCell(document.peek(), id, by)),
    duplicateCell: (id: string) => edit(duplicateCell(document.peek(), id), "Copy added below"),
    /** What a derived cell sees as its parent from now on. */
    seenParent(cell: Cell): Cell | null {
      const now = parentOf(document.peek(), cell);
      const seen = parents.peek().get(cell.id);
      if (seen === undefined && now !== null) parents.value = new Map([...parents.peek(), [cell.id, now]]);
      return seen ?? now;
    },
    /** Whether what a cell was derived from has changed. */
    isStale(cell: Cell): boolean {
      const [seen, now] = [parents.value.get(cell.id), parentOf(document.value, cell)];
      return seen !== undefined && now !== null && essence(seen) !== essence(now);
    },
    rounds,
    /** Asks a cell's question again, made anew out of its parent where that has changed. */
    run(cell: Cell) {
      const [seen, now] = [parents.peek().get(cell.id), parentOf(document.peek(), cell)];
      batch(() => {
        rounds.value = new Map([...rounds.peek(), [cell.id, (rounds.peek().get(cell.id) ?? 0) + 1]]);
        if (seen === undefined || now === null || essence(seen) === essence(now)) return;
        parents.value = new Map([...parents.peek(), [cell.id, now]]);
        edit(changeCell(document.peek(), derivedAgain(cell, seen, now)));
      });
    },
    compareSlow: (cell: Cell) => derive(cell, [], null),
    compareWindow: (cell: Cell, window: Range) => derive(cell, [], window),
    /** Rows with a value, and the rest. */
    compareValue(cell: Cell, selection: string) {
      const made = comparisonOf(cell, filters.peek(), freshId(document.peek()), { within: [], window: null });
      insert(below(cell.id), { ...made, rows: "spans", selection }, "Comparison added below");
    },
    async compareSeries(cell: Cell, series: LatencySeries) {
      derive(cell, withinSeries(series, await loadAttributes()), null);
    },
    async isolate(series: LatencySeries) {
      addClauses(withinSeries(series, await loadAttributes()));
    },
    /** Groups the chart at hand; where there is none, a new one. */
    groupBy(name: string) {
      const cell = document.peek().cells.find(({ id }) => id === (cellId.peek() ?? focused.peek()));
      if (cell?.kind === "latency") return edit(changeCell(document.peek(), { ...cell, by: [name] }), `Grouped by ${name}`);
      const made: LatencyCell = { ...(newCell("latency", freshId(document.peek())) as LatencyCell), by: [name] };
      insert(below(cell?.id ?? null), made, `Chart by ${name} added`);
    },
    pin(cell: Cell, { answer, selection }: CellAnswer) {
      const pinned = { ...cell, pin: { at: rfc3339(nowNanos()), answer } };
      const selected = pinned.kind === "compare" && pinned.selection === null ? { ...pinned, selection } : pinned;
      edit(changeCell(document.peek(), selected), "Result pinned");
    },
    unpin: (cell: Cell) => edit(changeCell(document.peek(), { ...cell, pin: null }), "Result no longer pinned"),
  };
}
