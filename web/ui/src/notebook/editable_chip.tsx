// A filter of the notebook: a chip, and while it is edited a field.
import { useState } from "preact/hooks";
import { ClauseChip } from "../explore/clause_chip";
import { type AttributeModel, ClauseEditor } from "../explore/clause_editor";

interface EditableChipProps {
  readonly model: AttributeModel;
  readonly clause: string;
  /** The other clauses. */
  readonly context: readonly string[];
  readonly onCommit: (clause: string) => void;
  readonly onRemove: () => void;
}

export function EditableChip({ model, clause, context, onCommit, onRemove }: EditableChipProps) {
  const [isEditing, setEditing] = useState(false);
  if (!isEditing) return <ClauseChip clause={clause} onEdit={() => setEditing(true)} onRemove={onRemove} />;
  return (
    <li class="chip-editor">
      <ClauseEditor
        model={model}
        label={`Edit ${clause}`}
        placeholder="attribute operator value"
        initial={clause}
        autoFocus
        context={context}
        onCommit={(changed) => {
          setEditing(false);
          onCommit(changed);
        }}
        onCancel={() => setEditing(false)}
      />
    </li>
  );
}
