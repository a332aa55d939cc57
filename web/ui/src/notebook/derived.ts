// Cells that are made out of others, and whether what they were made of has changed since.
import type { RowsOf } from "../base/rows";
import { fromSeconds, rfc3339 } from "../base/time";
import { isOfRequests } from "../explore/default_view";
import { scopeOf } from "../explore/scope";
import { expressed, timeBefore } from "../explore/stretch";
import type { Range } from "../explore/view";
import { type Cell, type CompareCell, type NotebookDocument, newCell } from "./document";
import { writeCell } from "./read_document";

/** Clauses of the cell itself; none where it has a query of its own. */
function filterOf(cell: Cell): readonly string[] {
  return "filter" in cell ? cell.filter : [];
}

interface Derived {
  /** Clauses that hold beside the cell's own. */
  readonly within: readonly string[];
  /** The time that is compared with as long a time before it; null compares the slowest with the rest. */
  readonly window: Range | null;
}

/** What is compared: what the cell shows. A row of a request knows more about it than its span does. */
function comparedRows(cell: Cell, filters: readonly string[]): RowsOf {
  if ((cell.kind === "latency" || cell.kind === "heatmap") && cell.rows !== "spans") return cell.rows;
  return isOfRequests(filters) && scopeOf("requests", filters).left.length === 0 ? "requests" : "spans";
}

/** A comparison of what a cell shows. */
export function comparisonOf(cell: Cell, notebookFilters: readonly string[], id: string, { within, window }: Derived): CompareCell {
  const filter = [...filterOf(cell), ...within];
  const all = cell.ignoreFilters ? filter : [...notebookFilters, ...filter];
  const rows = comparedRows(cell, all);
  const { time, ignoreFilters } = cell;
  const bare = newCell("compare", id) as CompareCell;
  if (window === null) return { ...bare, rows, filter, time, ignoreFilters, of: cell.id };
  return { ...bare, rows, filter, ignoreFilters, of: cell.id, time: window, baseline: before(window) };
}

/** As long a time before; the range's ends are instants. */
function before({ from, to }: Range): Range {
  const [start, end] = [BigInt(Date.parse(from)) * 1_000_000n, BigInt(Date.parse(to)) * 1_000_000n];
  const earlier = expressed(timeBefore({ start, end }));
  return { from: earlier.start, to: earlier.end };
}

/** A part of a chart's time as a range. */
export function windowOf(startSeconds: number, endSeconds: number): Range {
  return { from: rfc3339(fromSeconds(startSeconds)), to: rfc3339(fromSeconds(endSeconds)) };
}

/** What of a cell its derived cells depend on, as text: how it looks does not count. */
export function essence(cell: Cell): string {
  // Another box in a heatmap leaves what was made of the last one as it is.
  const { title, width, height, pin, of, ...fields } = writeCell(cell.kind === "heatmap" ? { ...cell, selection: null } : cell);
  return JSON.stringify(fields);
}

/** The cell that another was derived from; null where it is gone. */
export function parentOf(document: NotebookDocument, cell: Cell): Cell | null {
  return document.cells.find(({ id }) => id === cell.of) ?? null;
}

/** The derived cell made anew out of what its parent was, and is now: clauses that it had from the parent follow it. */
export function derivedAgain(cell: Cell, before: Cell, now: Cell): Cell {
  if (!("filter" in cell)) return cell;
  const inherited = filterOf(before);
  const own = cell.filter.filter((clause) => !inherited.includes(clause));
  return { ...cell, filter: [...filterOf(now), ...own], ignoreFilters: now.ignoreFilters };
}
