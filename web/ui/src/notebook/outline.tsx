// The list of cells beside the notebook, each a way to its cell.
import { Button } from "../widgets/button";
import { PlusIcon } from "../widgets/icons";
import { focusCell } from "./cell_frame";
import { titleOf } from "./document";
import type { NotebookModel } from "./model";

export function Outline({ model }: { readonly model: NotebookModel }) {
  const { cells } = model.document.value;
  return (
    <nav class="outline" aria-label="Cells">
      <ol>
        {cells.map((cell, place) => (
          <li key={cell.id}>
            <button
              type="button"
              class="outline-entry"
              aria-current={model.focused.value === cell.id ? "true" : undefined}
              onClick={() => focusCell(document.getElementById(`cell-${cell.id}`))}
            >
              <span class="cell-number">{place + 1}</span> <span class="outline-title">{titleOf(cell)}</span>
              {model.isStale(cell) && <span class="warning-text"> !</span>}
            </button>
          </li>
        ))}
      </ol>
      <Button class="quiet" onClick={() => (model.adding.value = cells.length)}>
        <PlusIcon /> cell
      </Button>
    </nav>
  );
}
