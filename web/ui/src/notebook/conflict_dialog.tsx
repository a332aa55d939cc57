// Somebody else has saved the notebook meanwhile: what both changed is shown side by side, and the reader chooses.
import { useState } from "preact/hooks";
import { visibleName } from "../base/foreign_text";
import { formatInstant } from "../base/format";
import { Button } from "../widgets/button";
import { Dialog } from "../widgets/dialog";
import { Segmented } from "../widgets/segmented";
import { type Difference, differences, headOf } from "./clash_words";
import type { Clash, Side } from "./merge";
import { clashesOf } from "./merging";
import type { NotebookModel } from "./model";

export function ConflictDialog({ model }: { readonly model: NotebookModel }) {
  const { conflict, isAside } = model.saving.state.value;
  if (conflict === null || isAside) return null;
  const { latest, merging } = conflict;
  const when = latest.updatedAt === null ? "" : ` at ${formatInstant(latest.updatedAt)}`;
  return (
    <Dialog title="Somebody else has saved this notebook" class="conflict" onClose={model.saving.putConflictAside}>
      <p>
        Revision {latest.revision} was saved{when}, after the one that you began with. Your changes are still here, in this browser.
      </p>
      {merging !== null && <Choices model={model} clashes={clashesOf(merging, model.document.value)} />}
      <div class="dialog-choices">
        <Button onClick={model.discardDraft}>Open theirs, without my changes</Button>
        <Button class={merging === null ? "primary" : ""} onClick={() => void model.saving.saveCopy()}>
          Keep mine as a copy
        </Button>
        {merging === null && <Button onClick={() => void model.saving.overwrite()}>Save mine over theirs</Button>}
      </div>
      <p class="muted">Theirs stays among the earlier revisions in any case.</p>
    </Dialog>
  );
}

const SIDES: readonly { readonly value: Side; readonly label: string }[] = [
  { value: "mine", label: "mine" },
  { value: "theirs", label: "theirs" },
];

function Choices({ model, clashes }: { readonly model: NotebookModel; readonly clashes: readonly Clash[] }) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Side>>(new Map());
  const sideOf = (key: string) => chosen.get(key) ?? "mine";
  return (
    <>
      <p>Both of you have changed what is below, each in another way. All other changes of both are kept.</p>
      <ul class="clashes">
        {clashes.map((clash) => (
          <li key={clash.key}>
            <div class="clash-head">
              <h3>{visibleName(headOf(clash))}</h3>
              <Segmented
                label={`Of ${visibleName(headOf(clash))}`}
                choices={SIDES}
                isOn={(side) => side === sideOf(clash.key)}
                onChoose={(side) => setChosen(new Map([...chosen, [clash.key, side === "theirs" ? "theirs" : "mine"]]))}
              />
            </div>
            <Differences of={differences(clash)} />
          </li>
        ))}
      </ul>
      <Button class="primary" onClick={() => void model.saving.saveMerged(sideOf)}>
        Save both, with these choices
      </Button>
    </>
  );
}

function Differences({ of }: { readonly of: readonly Difference[] }) {
  return (
    <table class="differences">
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">what</span>
          </th>
          <th scope="col">mine</th>
          <th scope="col">theirs</th>
        </tr>
      </thead>
      <tbody>
        {of.map(({ what, mine, theirs }) => (
          <tr key={what}>
            <th scope="row">{what}</th>
            <td>
              <bdi>{visibleName(mine)}</bdi>
            </td>
            <td>
              <bdi>{visibleName(theirs)}</bdi>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
