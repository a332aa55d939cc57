// The head of a notebook: its title and tags, what the server has of it, and what can be done with the whole.
import { useSignal } from "@preact/signals";
import { useState } from "preact/hooks";
import { formatClock, formatDate } from "../base/format";
import { nowNanos } from "../base/time";
import { Button, IconButton } from "../widgets/button";
import { ChevronIcon, UndoIcon } from "../widgets/icons";
import { Menu, type MenuItem } from "../widgets/menu";
import { setHead } from "./edits";
import { exportHtml, exportJson, exportMarkdown, exportPictures } from "./export";
import type { NotebookModel } from "./model";
import type { Kept, SavingState } from "./saving_state";

interface HeaderProps {
  readonly model: NotebookModel;
  readonly onShare: () => void;
  readonly onRevisions: () => void;
  readonly onRemove: () => void;
}

export function NotebookHeader({ model, onShare, onRevisions, onRemove }: HeaderProps) {
  const isEditing = useSignal(false);
  const { title, about, tags } = model.document.value;
  const { isBuiltIn, id } = model.kept.value;
  const { past } = model.history.value;
  const { isChanged, state } = model.saving;
  const isNew = id === null;
  return (
    <header class="notebook-head">
      <div class="notebook-title">
        <h1>
          <button type="button" title="Change title, description and tags" onClick={() => (isEditing.value = !isEditing.value)}>
            {title === "" ? "Untitled" : title}
          </button>
        </h1>
        <SavedState kept={model.kept.value} state={state.value} isChanged={isChanged.value} revision={model.view.value.revision} />
        <div class="notebook-actions">
          <IconButton label="Undo (u)" disabled={past.length === 0} onClick={model.undo}>
            <UndoIcon />
          </IconButton>
          <Button
            class={isChanged.value || isNew ? "primary" : ""}
            disabled={state.value.busy || (!isChanged.value && !isNew && !isBuiltIn && model.view.value.revision === null)}
            onClick={() => void model.saving.save()}
          >
            {isBuiltIn ? "Keep a copy" : model.view.value.revision === null || isNew ? "Save" : "Save as the latest"}
          </Button>
          <Button onClick={onShare}>Share</Button>
          <Menu label="Export and more" class="button" items={() => moreItems({ model, onRevisions, onRemove })}>
            Export <ChevronIcon />
          </Menu>
        </div>
      </div>
      {isEditing.value ? (
        <HeadForm model={model} onDone={() => (isEditing.value = false)} />
      ) : (
        <>
          {about !== "" && <p class="notebook-about">{about}</p>}
          {tags.length > 0 && (
            <ul class="tags" aria-label="Tags">
              {tags.map((tag) => (
                <li key={tag}>{tag}</li>
              ))}
            </ul>
          )}
        </>
      )}
    </header>
  );
}

function moreItems({ model, onRevisions, onRemove }: Omit<HeaderProps, "onShare">): readonly MenuItem[] {
  const { id, isBuiltIn } = model.kept.value;
  const isOwn = id !== null && !isBuiltIn;
  return [
    { label: "JSON, for import", onChoose: () => exportJson(model) },
    { label: "Markdown", onChoose: () => void exportMarkdown(model) },
    { label: "Markdown with pictures", onChoose: () => void exportPictures(model) },
    { label: "One HTML file with its data", onChoose: () => void exportHtml(model) },
    { label: "Redo", disabled: model.history.value.future.length === 0, onChoose: model.redo },
    { label: "Save as a copy", disabled: id === null, onChoose: () => void model.saving.saveCopy() },
    { label: "Earlier revisions", disabled: !isOwn, onChoose: onRevisions },
    { label: "Leave unsaved changes", disabled: !model.saving.isChanged.value, onChoose: model.discardDraft },
    { label: "Delete the notebook", disabled: !isOwn, onChoose: onRemove },
  ];
}

interface SavedStateProps {
  readonly kept: Kept;
  readonly state: SavingState;
  readonly isChanged: boolean;
  /** Of the address; null is the latest. */
  readonly revision: number | null;
}

function SavedState({ kept, state, isChanged, revision }: SavedStateProps) {
  return (
    <p class={`saved-state ${state.failure === null ? "muted" : "error-text"}`} role="status">
      {savedWords(kept, state, isChanged, revision)}
    </p>
  );
}

function savedWords({ id, revision, isBuiltIn, updatedAt }: Kept, state: SavingState, isChanged: boolean, pinned: number | null): string {
  if (state.busy) return "saving";
  if (state.failure !== null) return failureWords(state.failure.kind, state.failure.message);
  if (state.conflict !== null) return "not saved: somebody else has changed it";
  if (id === null) return "not saved yet, only in this browser";
  if (isBuiltIn) return isChanged ? "built in, with changes that are only in this browser" : "built in, read only";
  const number = `revision ${revision}`;
  if (isChanged) return `${number}, with changes that are not saved yet`;
  const today = updatedAt !== null && formatDate(updatedAt) === formatDate(nowNanos());
  const merged = state.merged === null ? "" : ` · merged with changes of revision ${state.merged}`;
  const when = updatedAt === null ? "" : ` · saved ${today ? formatClock(updatedAt) : `${formatDate(updatedAt)} ${formatClock(updatedAt)}`}`;
  return `${number}${pinned === null ? "" : ", an earlier one"}${merged}${when}`;
}

/** Why nothing was saved; whatever the cause, the changes are still in this browser. */
function failureWords(kind: string, message: string): string {
  if (kind === "not_found") return "this server saves no notebooks: changes stay in this browser; Share puts them into an address";
  if (kind === "refused") return `not saved: ${message}. A token with the scope edit may; changes stay in this browser`;
  return `not saved: ${message}`;
}

function HeadForm({ model, onDone }: { readonly model: NotebookModel; readonly onDone: () => void }) {
  const before = model.document.peek();
  const [title, setTitle] = useState(before.title);
  const [about, setAbout] = useState(before.about);
  const [tags, setTags] = useState(before.tags.join(", "));
  const apply = () => {
    const words = tags.split(",").map((tag) => tag.trim()).filter((tag) => tag !== "");
    model.edit(setHead(model.document.peek(), { title: title.trim(), about: about.trim(), tags: words }));
    onDone();
  };
  return (
    <form
      class="head-form"
      aria-label="Title, description and tags"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onDone();
      }}
    >
      <label class="cell-field">
        <span>title</span>
        <input type="text" maxLength={200} value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
      </label>
      <label class="cell-field">
        <span>about</span>
        <input type="text" value={about} onInput={(event) => setAbout(event.currentTarget.value)} />
      </label>
      <label class="cell-field">
        <span>tags</span>
        <input type="text" value={tags} placeholder="parted by commas" onInput={(event) => setTags(event.currentTarget.value)} />
      </label>
      <div class="popover-actions">
        <Button onClick={onDone}>Cancel</Button>
        <Button class="primary" type="submit">
          Apply
        </Button>
      </div>
    </form>
  );
}
