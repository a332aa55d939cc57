// Sends a notebook to the server, and does what has to be done where somebody else has saved meanwhile.
import { batch } from "@preact/signals";
import { type KeptNotebook, createNotebook, latestOf, updateNotebook } from "../api/notebooks";
import type { Result } from "../base/result";
import { browserStorage } from "../base/storage";
import type { NotebookDocument } from "./document";
import { dropDraft, dropDraftOf } from "./drafts";
import { type Choose, merge } from "./merge";
import { type Merging, clashesOf, mergingOf } from "./merging";
import { writeDocument } from "./read_document";
import { IDLE, type SharedSaving } from "./saving_state";

type Written = NotebookDocument;

export type Sending = ReturnType<typeof createSending>;

export function createSending(shared: SharedSaving) {
  const { document, kept, state, draftId, round, stillIn } = shared;
  const never = new AbortController().signal;

  const attempt = async (written: Written, send: () => Promise<Result<KeptNotebook>>): Promise<boolean> => {
    const titleBefore = document.peek().title;
    state.value = { ...state.peek(), busy: true, failure: null };
    const [before, asked] = [draftId(), round()];
    const result = await send();
    if (!stillIn(asked)) {
      if (result.ok) dropDraftOf(browserStorage(), before, written);
      return false;
    }
    if (result.ok) {
      takeAnswer(shared, result.value, { written, titleBefore });
      dropDraft(browserStorage(), before);
      shared.keepNow();
      return true;
    }
    const latest = result.failure.kind === "conflict" ? latestOf(result.failure) : null;
    if (latest !== null) return merging.settle(latest);
    state.value = { ...IDLE, failure: result.failure };
    return false;
  };

  const saveNew = (written: Written) => attempt(written, () => createNotebook(writeDocument(written), never));
  const saveNext = (written: Written, revision: number | null) => {
    const { id } = kept.peek();
    return id === null || revision === null ? saveNew(written) : attempt(written, () => updateNotebook(id, revision, writeDocument(written), never));
  };
  const merging = mergingSteps(shared, saveNext);
  return { saveNew, saveNext, takeOver: merging.takeOver };
}

interface Sent {
  readonly written: Written;
  readonly titleBefore: string;
}

/** What was sent is now what the server has. */
function takeAnswer({ kept, state, retitle, nowAt }: SharedSaving, answer: KeptNotebook, { written, titleBefore }: Sent): void {
  const { id, revision, isBuiltIn, updatedAt } = answer;
  batch(() => {
    kept.value = { id, revision, isBuiltIn, updatedAt, document: written };
    state.value = { ...IDLE, merged: state.peek().merged };
    if (written.title !== titleBefore) retitle(written.title);
    nowAt(id);
  });
}

/** Where both changed other things, both are kept. */
function mergingSteps(shared: SharedSaving, saveNext: (written: Written, revision: number | null) => Promise<boolean>) {
  const { document, kept, view, rebase, keepTyped, state, isChanged, round, stillIn } = shared;
  const takeOver = (latest: KeptNotebook, { base, theirs }: Merging, choose: Choose): Promise<boolean> => {
    batch(() => {
      rebase((own) => merge(base, own, theirs, choose).document);
      kept.value = { id: latest.id, revision: latest.revision, isBuiltIn: false, updatedAt: latest.updatedAt, document: theirs };
      state.value = { ...IDLE, merged: latest.revision };
    });
    return isChanged.peek() ? saveNext(document.peek(), latest.revision) : Promise.resolve(true);
  };
  return {
    takeOver,
    async settle(latest: KeptNotebook): Promise<boolean> {
      const asked = round();
      // Who makes an earlier revision the latest wants it as it was.
      const merging = view.peek().revision === null ? await mergingOf(kept.peek(), latest, new AbortController().signal) : null;
      if (!stillIn(asked)) return false;
      keepTyped();
      if (merging !== null && clashesOf(merging, document.peek()).length === 0) return takeOver(latest, merging, () => "mine");
      state.value = { ...IDLE, conflict: { latest, merging } };
      return false;
    },
  };
}
