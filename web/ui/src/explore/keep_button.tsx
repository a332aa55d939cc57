// Keeps what a panel asks in a notebook.
import { IconButton } from "../widgets/button";
import { NotebookIcon } from "../widgets/icons";
import type { KeptQuestion } from "./kept_question";
import type { Model } from "./model";

interface KeepButtonProps {
  readonly model: Model;
  /** Made by code that is fetched when it is first wanted. */
  readonly question: () => Promise<KeptQuestion>;
}

export function KeepButton({ model, question }: KeepButtonProps) {
  const keep = async () => void (model.keeping.value = await question());
  return (
    <IconButton label="Add to a notebook" onClick={() => void keep()}>
      <NotebookIcon />
    </IconButton>
  );
}
