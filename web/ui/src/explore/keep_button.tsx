// Keeps what a panel asks in a notebook.
import { IconButton } from "../widgets/button";
import { NotebookIcon } from "../widgets/icons";
import type { KeptQuestion } from "./kept_question";
import type { Model } from "./model";

interface KeepButtonProps {
  readonly model: Model;
  readonly question: () => KeptQuestion;
}

export function KeepButton({ model, question }: KeepButtonProps) {
  return (
    <IconButton label="Add to a notebook" onClick={() => (model.keeping.value = question())}>
      <NotebookIcon />
    </IconButton>
  );
}
