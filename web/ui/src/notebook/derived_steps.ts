// Steps from one cell to the next: compare what it shows, group it, and run again what was made of cells that have changed.
import { type ReadonlySignal, batch, signal } from "@preact/signals";
import type { LatencySeries } from "../api/latency";
import { type Selection, selectionFilter } from "../charts/heatmap/box";
import { type LoadAttributes, seriesClauses } from "../explore/compare_steps";
import { knows } from "../explore/scope";
import type { Range } from "../explore/view";
import { failedCondition } from "./availability";
import type { CellStepsNeeds, createCellSteps } from "./cell_steps";
import { comparisonOf, derivedAgain, essence, parentOf } from "./derived";
import { type Cell, type CellOf, newCell } from "./document";
import { changeCell, freshId } from "./edits";
import { keptBox } from "./heatmap_box";

interface DerivedStepsNeeds extends CellStepsNeeds {
  readonly filters: ReadonlySignal<readonly string[]>;
  readonly loadAttributes: LoadAttributes;
  readonly cells: ReturnType<typeof createCellSteps>;
}

export function createDerivedSteps({ document, edit, cellId, filters, loadAttributes, cells }: DerivedStepsNeeds) {
  /** Of each derived cell, what its parent was when it was last run. */
  const parents = signal<ReadonlyMap<string, Cell>>(new Map());
  /** How often a reader asked for a cell again. */
  const rounds = signal<ReadonlyMap<string, number>>(new Map());

  const derive = (cell: Cell, within: readonly string[], window: Range | null, patch: Partial<CellOf<"compare">> = {}) => {
    const made = comparisonOf(cell, filters.peek(), freshId(document.peek()), { within, window });
    cells.insert(cells.below(cell.id), { ...made, ...patch }, "Comparison added below");
  };

  const cellAtHand = () => document.peek().cells.find(({ id }) => id === (cellId.peek() ?? cells.focused.peek()));

  return {
    rounds,
    forgetParents: () => void (parents.value = new Map()),
    /** From now on a change of its parent makes the cell stale. */
    seeParent(cell: Cell) {
      const now = parentOf(document.peek(), cell);
      if (now !== null && !parents.peek().has(cell.id)) parents.value = new Map([...parents.peek(), [cell.id, now]]);
    },
    /** Whether what a cell was derived from has changed. */
    isStale(cell: Cell): boolean {
      const [seen, now] = [parents.value.get(cell.id), parentOf(document.value, cell)];
      return seen !== undefined && now !== null && essence(seen) !== essence(now);
    },
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
    /** What failed by the measure of an objective, and the rest. */
    compareFailed: (cell: CellOf<"latency">) => derive(cell, [], null, { rows: cell.rows, selection: failedCondition(cell) }),
    /** Spans with a value, and the rest. */
    compareValueOf: (cell: Cell, selection: string) => derive(cell, [], null, { rows: "spans", selection }),
    /** The same, out of what the open trace was opened from. */
    compareValue(selection: string) {
      const cell = cellAtHand();
      if (cell !== undefined) return derive(cell, [], null, { rows: "spans", selection });
      const made: Cell = { ...(newCell("compare", freshId(document.peek())) as CellOf<"compare">), selection };
      cells.insert(cells.below(null), made, "Comparison added");
    },
    /** What is in a box of a heatmap with the others of its time; the box stays in the heatmap. */
    compareBox(cell: CellOf<"heatmap">, box: Selection) {
      const kept = keptBox(box);
      cells.changeCell({ ...cell, selection: kept });
      derive(cell, [], null, { rows: cell.rows, selection: selectionFilter(box), time: { from: kept.from, to: kept.to } });
    },
    async compareSeries(cell: Cell, series: LatencySeries) {
      derive(cell, seriesClauses(series, await loadAttributes()), null);
    },
    /** Groups the chart at hand; where there is none, or its rows do not know the attribute, a new one. */
    groupBy(name: string) {
      const cell = cellAtHand();
      if (cell?.kind === "latency" && knows(cell.rows, name)) return edit(changeCell(document.peek(), { ...cell, by: [name] }), `Grouped by ${name}`);
      const made: Cell = { ...(newCell("latency", freshId(document.peek())) as CellOf<"latency">), by: [name] };
      cells.insert(cells.below(cell?.id ?? null), made, `Chart by ${name} added`);
    },
    /** How many spans there are of each value, slot by slot. */
    valuesOverTime(name: string) {
      const made: Cell = { ...(newCell("latency", freshId(document.peek())) as CellOf<"latency">), by: [name], show: "rate" };
      cells.insert(cells.below(cellAtHand()?.id ?? null), made, `Chart of the values of ${name} added`);
    },
  };
}
