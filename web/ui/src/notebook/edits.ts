// Every edit of a document as a pure function; one that changes nothing gives the same document back.
import { CELLS_MAX, type Cell, type NotebookDocument, type NotebookTime } from "./document";

/** An id that no cell of the document has: ids of removed cells may still be what others were derived from. */
export function freshId({ cells }: NotebookDocument): string {
  const taken = new Set(cells.flatMap(({ id, of }) => (of === null ? [id] : [id, of])));
  for (;;) {
    const id = `c${crypto.randomUUID().replaceAll("-", "").slice(0, 8)}`;
    if (!taken.has(id)) return id;
  }
}

/** Puts a cell at a place; a full document stays as it is. */
export function insertCell(document: NotebookDocument, place: number, cell: Cell): NotebookDocument {
  const { cells } = document;
  if (cells.length >= CELLS_MAX) return document;
  const at = Math.min(Math.max(place, 0), cells.length);
  return { ...document, cells: [...cells.slice(0, at), cell, ...cells.slice(at)] };
}

export function removeCell(document: NotebookDocument, id: string): NotebookDocument {
  const cells = document.cells.filter((cell) => cell.id !== id);
  return cells.length === document.cells.length ? document : { ...document, cells };
}

/** Moves a cell up (-1) or down (1). */
export function moveCell(document: NotebookDocument, id: string, by: -1 | 1): NotebookDocument {
  const from = placeOf(document, id);
  return putCell(document, id, by < 0 ? from - 1 : from + 2);
}

/** Puts a cell before the one that has a place now; after all of them where that is their number. */
export function putCell(document: NotebookDocument, id: string, before: number): NotebookDocument {
  const { cells } = document;
  const from = placeOf(document, id);
  const moved = cells[from];
  if (moved === undefined || before < 0 || before > cells.length || before === from || before === from + 1) return document;
  const rest = cells.filter((cell) => cell !== moved);
  const at = before > from ? before - 1 : before;
  return { ...document, cells: [...rest.slice(0, at), moved, ...rest.slice(at)] };
}

/** Puts a changed cell in its own place. */
export function changeCell(document: NotebookDocument, changed: Cell): NotebookDocument {
  const at = placeOf(document, changed.id);
  const before = document.cells[at];
  if (before === undefined || JSON.stringify(before) === JSON.stringify(changed)) return document;
  return { ...document, cells: document.cells.map((cell, place) => (place === at ? changed : cell)) };
}

/** A copy below the cell, which is derived from what that one is. */
export function duplicateCell(document: NotebookDocument, id: string): NotebookDocument {
  const at = placeOf(document, id);
  const cell = document.cells[at];
  return cell === undefined ? document : insertCell(document, at + 1, { ...cell, id: freshId(document) });
}

export function setHead(document: NotebookDocument, head: Partial<Pick<NotebookDocument, "title" | "about" | "tags">>): NotebookDocument {
  return replaced(document, head);
}

export function setTime(document: NotebookDocument, time: NotebookTime): NotebookDocument {
  return replaced(document, { time });
}

export function setFilters(document: NotebookDocument, filters: readonly string[]): NotebookDocument {
  return replaced(document, { filters });
}

function replaced(document: NotebookDocument, patch: Partial<NotebookDocument>): NotebookDocument {
  const next = { ...document, ...patch };
  return JSON.stringify(next) === JSON.stringify(document) ? document : next;
}

/** -1 where there is no such cell. */
export function placeOf({ cells }: NotebookDocument, id: string): number {
  return cells.findIndex((cell) => cell.id === id);
}
