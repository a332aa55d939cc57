// Steps that change cells: add, move, edit, remove, pin; each is one edit that can be undone.
import { type ReadonlySignal, type Signal, batch, signal } from "@preact/signals";
import { nowNanos, rfc3339 } from "../base/time";
import type { CellAnswer } from "./ask";
import { createDrag } from "./drag";
import { CELLS_MAX, type Cell, type CellKind, type NotebookDocument, newCell } from "./document";
import { changeCell, duplicateCell, freshId, insertCell, moveCell, placeOf, putCell, removeCell } from "./edits";

export interface CellStepsNeeds {
  readonly document: ReadonlySignal<NotebookDocument>;
  /** Makes an edit, and says so where there are words for it. */
  readonly edit: (next: NotebookDocument, words?: string | null) => void;
  readonly say: (words: string) => void;
  /** The cell that the open trace was opened from. */
  readonly cellId: Signal<string | null>;
}

export function createCellSteps({ document, edit, say, cellId }: CellStepsNeeds) {
  const focused = signal<string | null>(null);
  const editing = signal<string | null>(null);
  /** The place at which a kind of cell is being chosen. */
  const adding = signal<number | null>(null);

  /** Makes what is typed in the open editor part of its cell. */
  let take: (() => void) | null = null;
  const takeTyped = () => {
    const taken = take;
    take = null;
    taken?.();
  };

  const insert = (place: number, cell: Cell, words: string | null = null) => {
    if (document.peek().cells.length >= CELLS_MAX) return say(`A notebook has at most ${CELLS_MAX} cells`);
    edit(insertCell(document.peek(), place, cell), words);
    focused.value = cell.id;
  };
  /** The place below a cell, or the last one. */
  const below = (id: string | null) => (id === null ? document.peek().cells.length : placeOf(document.peek(), id) + 1);

  return {
    focused,
    editing,
    adding,
    insert,
    below,
    takeTyped,
    /** The same while the editor stays open. */
    keepTyped: () => take?.(),
    dropTyped: () => void (take = null),
    /** An editor has opened: what is typed in it is taken over when it goes, which it says by the returned function. */
    whileTyping(takeOver: () => void): () => void {
      takeTyped();
      take = takeOver;
      return () => {
        if (take === takeOver) takeTyped();
      };
    },
    /** Puts a new cell at a place and begins to edit it. */
    addCell(place: number, kind: CellKind) {
      const cell = newCell(kind, freshId(document.peek()));
      batch(() => {
        insert(place, cell);
        editing.value = cell.id;
      });
    },
    addTrace(traceId: string, spanId: string | null, near: string) {
      const cell = { ...newCell("trace", freshId(document.peek())), traceId, spanId, near } as Cell;
      insert(below(cellId.peek()), cell, "Trace added to the notebook");
    },
    changeCell: (cell: Cell, words: string | null = null) => edit(changeCell(document.peek(), cell), words),
    removeCell(id: string) {
      if (editing.peek() === id) takeTyped();
      const at = placeOf(document.peek(), id);
      edit(removeCell(document.peek(), id), "Cell removed");
      const { cells } = document.peek();
      if (editing.peek() === id) editing.value = null;
      focused.value = cells[Math.min(at, cells.length - 1)]?.id ?? null;
    },
    moveCell: (id: string, by: -1 | 1) => edit(moveCell(document.peek(), id, by)),
    drag: createDrag((id, before) => {
      edit(putCell(document.peek(), id, before), "Cell moved");
      focused.value = id;
    }),
    duplicateCell: (id: string) => edit(duplicateCell(document.peek(), id), "Copy added below"),
    pin(cell: Cell, { answer, selection }: CellAnswer) {
      const pinned = { ...cell, pin: { at: rfc3339(nowNanos()), answer } };
      // What was slower than p99 must still be known when p99 is another.
      const selected = pinned.kind === "compare" && pinned.selection === null ? { ...pinned, selection } : pinned;
      edit(changeCell(document.peek(), selected), "Result pinned");
    },
    unpin: (cell: Cell) => edit(changeCell(document.peek(), { ...cell, pin: null }), "Result no longer pinned"),
  };
}
