// What the menu of a cell offers.
import type { MenuItem } from "../widgets/menu";
import { fileItems } from "./cell_files";
import type { Cell } from "./document";
import type { NotebookModel } from "./model";

interface Acted {
  readonly model: NotebookModel;
  readonly cell: Cell;
  readonly place: number;
  readonly count: number;
}

export function actionsOf({ model, cell, place, count }: Acted): readonly MenuItem[] {
  const answer = model.answers.of(cell);
  const asks = cell.kind !== "markdown";
  return [
    { label: "Edit", onChoose: () => (model.editing.value = cell.id) },
    { label: "Duplicate", onChoose: () => model.duplicateCell(cell.id) },
    { label: "Move up", disabled: place === 0, onChoose: () => model.moveCell(cell.id, -1) },
    { label: "Move down", disabled: place === count - 1, onChoose: () => model.moveCell(cell.id, 1) },
    { label: "Add a cell above", onChoose: () => (model.adding.value = place) },
    { label: "Add a cell below", onChoose: () => (model.adding.value = place + 1) },
    ...(cell.pin !== null ? [{ label: "No longer pin the result", onChoose: () => model.unpin(cell) }] : []),
    ...(asks && cell.pin === null
      ? [{ label: "Pin the result", disabled: answer === null, onChoose: () => answer !== null && model.pin(cell, answer) }]
      : []),
    {
      label: cell.width === "full" ? "Half the width" : "Full width",
      onChoose: () => model.changeCell({ ...cell, width: cell.width === "full" ? "half" : "full" }),
    },
    ...fileItems(model, cell, cell.pin?.answer ?? answer?.answer ?? null),
    { label: "Delete", onChoose: () => model.removeCell(cell.id) },
  ];
}
