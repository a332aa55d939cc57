// The keys of the notebook: among cells, within one, over the whole page.
import { go } from "../base/navigation";
import { listenForKeys } from "../base/keyboard";
import { focusCell } from "./cell_frame";
import type { NotebookModel } from "./model";

/** How long after g another letter belongs to it. */
const SEQUENCE_MS = 1_200;

export function listen(model: NotebookModel, showHelp: () => void): () => void {
  let afterG = 0;
  const inTrace = (act: () => void) => () => {
    if (model.view.peek().open !== null) act();
  };
  const place = () => Math.max(0, model.document.peek().cells.findIndex(({ id }) => id === model.focused.peek()));
  const stops = [
    listenForKeys({
      "?": showHelp,
      "/": () => document.querySelector<HTMLElement>('.notebook-filters input[role="combobox"]')?.focus(),
      j: () => step(model, 1),
      k: () => step(model, -1),
      a: () => (model.adding.value = model.document.peek().cells.length === 0 ? 0 : place()),
      b: () => (model.adding.value = model.document.peek().cells.length === 0 ? 0 : place() + 1),
      u: model.undo,
      U: model.redo,
      r: model.refreshNow,
      d: () => document.querySelector<HTMLElement>(`#cell-${model.focused.peek()} .dot-buttons button[tabindex="0"]`)?.focus(),
      g: () => void (afterG = Date.now()),
      h: () => {
        if (Date.now() - afterG < SEQUENCE_MS) go("?v=home", "");
      },
      Delete: () => ofFocused(model, (id) => model.removeCell(id)),
      Escape: () => model.closeTrace(),
      "[": inTrace(() => model.stepExemplar(-1)),
      "]": inTrace(() => model.stepExemplar(1)),
      w: inTrace(() => document.querySelector<HTMLElement>('.drawer [role="treegrid"]')?.focus()),
      c: inTrace(model.togglePathOnly),
      f: inTrace(() => (model.fullPage.value = !model.fullPage.peek())),
    }),
    listenForEnter(model),
    listenForCommands(model),
  ];
  return () => stops.forEach((stop) => stop());
}

function step(model: NotebookModel, by: 1 | -1): void {
  const { cells } = model.document.peek();
  const at = cells.findIndex(({ id }) => id === model.focused.peek());
  const next = cells[at < 0 ? 0 : Math.min(Math.max(at + by, 0), cells.length - 1)];
  if (next !== undefined) focusCell(document.getElementById(`cell-${next.id}`));
}

/** Acts on the cell that has the focus itself, and not something within it. */
function ofFocused(model: NotebookModel, act: (id: string) => void): void {
  const id = document.activeElement?.getAttribute("data-cell") ?? null;
  // Undo may have taken away the cell that was edited.
  const isEditing = model.document.peek().cells.some((cell) => cell.id === model.editing.peek());
  if (id !== null && !isEditing) act(id);
}

/** Enter on a button or a link is theirs. */
function listenForEnter(model: NotebookModel): () => void {
  const listener = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.altKey || event.shiftKey) return;
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    ofFocused(model, (id) => {
      event.preventDefault();
      model.editing.value = id;
    });
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}

/** Keys with Ctrl, ⌘ or Alt, which hold in text fields too. */
function listenForCommands(model: NotebookModel): () => void {
  const listener = (event: KeyboardEvent) => {
    if (event.defaultPrevented) return;
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key === "s") {
      event.preventDefault();
      void model.saving.save();
    } else if (isCommand && event.key === "Enter") {
      event.preventDefault();
      const cell = model.document.peek().cells.find(({ id }) => id === model.focused.peek());
      if (cell === undefined) model.refreshNow();
      else model.run(cell);
    } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      ofFocused(model, (id) => {
        event.preventDefault();
        model.moveCell(id, event.key === "ArrowUp" ? -1 : 1);
      });
    }
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}
