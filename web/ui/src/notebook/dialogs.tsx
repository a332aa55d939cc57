// The dialogs of a notebook: which kind of cell, the address to share, earlier revisions, the keys.
import { useEffect, useState } from "preact/hooks";
import { fetchRevisions } from "../api/notebooks";
import { formatInstant } from "../base/format";
import { AnswerStates } from "../explore/answer_states";
import { useAnswer } from "../explore/use_answer";
import { Button } from "../widgets/button";
import { CopyButton } from "../widgets/copy_button";
import { Dialog } from "../widgets/dialog";
import { type CellKind, KINDS } from "./document";
import type { NotebookModel } from "./model";
import { sharedAddress } from "./share";

interface DialogProps {
  readonly model: NotebookModel;
  readonly onClose: () => void;
}

const EXPLAINED: Readonly<Record<CellKind, string>> = {
  markdown: "notes in Markdown",
  latency: "quantiles of spans, requests or pod starts, real ones as dots",
  heatmap: "spans, requests or pod starts by time and duration",
  series: "a TraceQL metrics query as lines",
  traces: "traces that a TraceQL query finds",
  sql: "rows of spans, requests, pod starts",
  compare: "what the slow ones have in common",
  shares: "etcd, webhooks, queues, by how long it took",
  trace: "where the time of one trace went",
};

export function ChooseKind({ model, place }: { readonly model: NotebookModel; readonly place: number }) {
  const close = () => void (model.adding.value = null);
  const choose = (kind: CellKind) => {
    close();
    model.addCell(place, kind);
  };
  return (
    <Dialog title="Add a cell" onClose={close}>
      <ul class="kind-choice">
        {(Object.keys(KINDS) as CellKind[]).map((kind) => (
          <li key={kind}>
            <button type="button" class="kind" onClick={() => choose(kind)}>
              <strong>{KINDS[kind].words}</strong> <span class="muted">{EXPLAINED[kind]}</span>
            </button>
          </li>
        ))}
      </ul>
      <Button onClick={close}>Cancel</Button>
    </Dialog>
  );
}

export function ShareDialog({ model, onClose }: DialogProps) {
  const [address, setAddress] = useState<string | null>(null);
  const [note, setNote] = useState("");
  useEffect(() => {
    void sharedAddress(model).then((shared) => {
      setAddress(shared.address);
      setNote(shared.note);
      void navigator.clipboard?.writeText(shared.address).catch(() => undefined);
    });
  }, []);
  return (
    <Dialog title="Share this notebook" onClose={onClose}>
      <p>{note}</p>
      <p class="shared-address">
        <input type="text" readOnly aria-label="Address" value={address ?? ""} onFocus={(event) => event.currentTarget.select()} />
        {address !== null && <CopyButton label="copy the address" text={address} />}
      </p>
      <Button onClick={onClose}>Close</Button>
    </Dialog>
  );
}

export function RevisionsDialog({ model, onClose }: DialogProps) {
  const { id, revision: shown } = model.kept.value;
  const answer = useAnswer(id, 0, (asked: string, signal) => fetchRevisions(asked, signal));
  const show = (revision: number, isLatest: boolean) => {
    onClose();
    model.change({ revision: isLatest ? null : revision });
  };
  return (
    <Dialog title="Earlier revisions" onClose={onClose}>
      <p class="muted">One that is shown can be made the latest again: Save as the latest.</p>
      <div class="revisions">
        <AnswerStates answer={answer} height={200}>
          {(revisions) => (
            <ul>
              {revisions.map(({ revision, updatedAt }, index) => (
                <li key={revision}>
                  <span>
                    Revision {revision}
                    {updatedAt !== null && <span class="muted"> {formatInstant(updatedAt)}</span>}
                  </span>
                  <Button disabled={revision === shown && !model.saving.isChanged.value} onClick={() => show(revision, index === 0)}>
                    {index === 0 ? "Show the latest" : "Show"}
                  </Button>
                </li>
              ))}
            </ul>
          )}
        </AnswerStates>
      </div>
      <Button onClick={onClose}>Close</Button>
    </Dialog>
  );
}

const KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ["j  k", "next and previous cell"],
  ["Enter", "edit the cell"],
  ["Esc", "leave the editor, close the trace"],
  ["Ctrl Enter", "run the cell"],
  ["a  b", "add a cell above, below"],
  ["Alt ↑ ↓", "move the cell"],
  ["Del", "delete the cell"],
  ["u  U", "undo, redo"],
  ["Ctrl S", "save"],
  ["d", "go to the dots of the cell; arrow keys move, Enter opens"],
  ["[  ]", "previous and next exemplar, while a trace is open"],
  ["w", "go to the waterfall of the open trace"],
  ["c  f", "critical path only; trace on the full page"],
  ["/", "add a filter"],
  ["r", "refresh now"],
  ["g h", "home"],
  ["?", "this sheet"],
];

export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl>
        {KEYS.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <Button onClick={onClose}>Close</Button>
    </Dialog>
  );
}

interface RemoveDialogProps extends DialogProps {
  readonly onRemove: () => void;
}

export function RemoveDialog({ model, onClose, onRemove }: RemoveDialogProps) {
  return (
    <Dialog title="Delete this notebook?" onClose={onClose}>
      <p>
        {model.document.value.title} goes with all its revisions, and addresses that were shared lead nowhere. Export it first if it may be wanted again.
      </p>
      <div class="dialog-choices">
        <Button onClick={onClose}>Keep it</Button>
        <Button class="primary" onClick={onRemove}>
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
