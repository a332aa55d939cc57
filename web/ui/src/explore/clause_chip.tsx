// One clause of the filter as a chip: what it says, a click to edit, a cross to remove.
import { clauseParts, excludes } from "../base/clauses";
import { visibleName } from "../base/foreign_text";
import { CloseIcon } from "../widgets/icons";
import { exclusionLabel } from "./default_view";

interface ClauseChipProps {
  readonly clause: string;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

export function ClauseChip({ clause, onEdit, onRemove }: ClauseChipProps) {
  const label = exclusionLabel(clause);
  const shown = visibleName(clause);
  const spoken = label === null ? shown : `without ${label}`;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Delete" && event.key !== "Backspace") return;
    event.preventDefault();
    onRemove();
  };
  return (
    <li class={`chip ${label !== null || excludes(clause) ? "excluding" : ""}`} title={shown}>
      <button
        type="button"
        class="chip-text"
        aria-label={label === null ? `edit ${shown}` : `without ${label}: edit ${shown}`}
        onClick={onEdit}
        onKeyDown={onKeyDown}
      >
        <ChipText clause={clause} label={label} />
      </button>
      <button type="button" class="chip-remove" aria-label={`remove ${spoken}`} onClick={onRemove}>
        <CloseIcon />
      </button>
    </li>
  );
}

function ChipText({ clause, label }: { readonly clause: string; readonly label: string | null }) {
  if (label !== null)
    return (
      <>
        <span class="chip-operator">without</span> <span class="chip-value">{label}</span>
      </>
    );
  const parts = clauseParts(clause);
  if (parts === null) return <code>{visibleName(clause)}</code>;
  return (
    <>
      <bdi class="chip-name">{visibleName(parts.name)}</bdi> <span class="chip-operator">{parts.operator}</span>{" "}
      <bdi class="chip-value">{visibleName(unquoted(parts.value))}</bdi>
    </>
  );
}

/** A plain string without its quotes; the empty one and anything with escapes stay as written. */
function unquoted(value: string): string {
  return /^"[^"\\]+"$/.test(value) ? value.slice(1, -1) : value;
}
