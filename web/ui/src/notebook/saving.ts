// Keeps a notebook on the server: by hand at first, then by itself some seconds after each change; and drafts in this browser.
import { effect } from "@preact/signals";
import { fetchRevisions } from "../api/notebooks";
import { type FailureKind, type Result, success } from "../base/result";
import { browserStorage } from "../base/storage";
import type { NotebookDocument } from "./document";
import { dropDraft, keepDraft } from "./drafts";
import type { Choose } from "./merge";
import { IDLE, type Kept, type Saved, type SharedSaving, shareSaving } from "./saving_state";
import { type Sending, createSending } from "./sending";

const AUTOSAVE_MS = 4_000;
const DRAFT_MS = 300;

/** Failures that may be over in some seconds. */
const PASSING: ReadonlySet<FailureKind> = new Set(["network", "unavailable"]);

export type Saving = ReturnType<typeof createSaving>;

export function createSaving(saved: Saved) {
  const shared = shareSaving(saved);
  const { state, isChanged, isOwn, nextRound, keepNow } = shared;
  const sending = createSending(shared);
  const save = createSave(shared, sending);
  return {
    state,
    isChanged,
    isOwn,
    save,
    ...conflictSteps(shared, sending),
    /** Keeps what is on the screen as another notebook. */
    saveCopy() {
      const document = saved.document.peek();
      return sending.saveNew({ ...document, title: `${document.title} (copy)` });
    },
    /** Another document is on the screen. */
    begin() {
      nextRound();
      state.value = IDLE;
    },
    /** Before the document leaves the screen. */
    keepNow,
    follow() {
      const stop = followChanges(shared, save);
      return () => {
        stop();
        nextRound();
      };
    },
  };
}

/** Makes what is on the screen the next revision, or a new notebook where it cannot be one. */
function createSave({ document, kept, view, state, isOwn, round, stillIn }: SharedSaving, { saveNew, saveNext }: Sending) {
  return async (): Promise<boolean> => {
    if (state.peek().busy) return false;
    state.value = { ...state.peek(), merged: null };
    const { id, revision } = kept.peek();
    if (!isOwn.peek() || id === null || revision === null) return saveNew(named(document.peek(), kept.peek()));
    if (view.peek().revision === null) return saveNext(document.peek(), revision);
    const asked = round();
    state.value = { ...IDLE, busy: true };
    const latest = await latestRevision(id);
    if (!stillIn(asked)) return false;
    if (latest.ok) return saveNext(document.peek(), latest.value);
    state.value = { ...IDLE, failure: latest.failure };
    return false;
  };
}

/** What a reader can do about what somebody else saved. */
function conflictSteps({ document, state }: SharedSaving, { saveNext, takeOver }: Sending) {
  return {
    /** Makes what is on the screen the next revision, whatever somebody else saved. */
    overwrite() {
      const { conflict } = state.peek();
      return conflict === null ? Promise.resolve(false) : saveNext(document.peek(), conflict.latest.revision);
    },
    /** Saves what both made, with the reader's choice where both changed the same. */
    saveMerged(choose: Choose) {
      const { conflict } = state.peek();
      return conflict === null || conflict.merging === null ? Promise.resolve(false) : takeOver(conflict.latest, conflict.merging, choose);
    },
    putConflictAside: () => void (state.value = { ...state.peek(), isAside: true }),
  };
}

/** Keeps drafts, and saves by itself what was saved by hand once. */
function followChanges({ document, kept, view, isReady, draftId, state, isChanged, isOwn }: SharedSaving, save: () => Promise<boolean>): () => void {
  const stops = [
    effect(() => {
      const [wanted, ready] = [document.value, isReady.value];
      if (!ready) return;
      const { revision } = kept.value;
      if (!isChanged.value) return dropDraft(browserStorage(), draftId());
      const timer = setTimeout(() => keepDraft(browserStorage(), draftId(), { revision, at: Date.now(), document: wanted }), DRAFT_MS);
      return () => clearTimeout(timer);
    }),
    effect(() => {
      void document.value;
      const { busy, failure, conflict } = state.value;
      const isHopeless = conflict !== null || (failure !== null && !PASSING.has(failure.kind));
      if (!isReady.value || !isOwn.value || !isChanged.value || view.value.revision !== null || busy || isHopeless) return;
      const timer = setTimeout(() => void save(), AUTOSAVE_MS);
      return () => clearTimeout(timer);
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

/** A copy of a built-in notebook says that it is one, unless it has a title of its own. */
function named(document: NotebookDocument, { isBuiltIn, document: origin }: Kept): NotebookDocument {
  return isBuiltIn && document.title === origin?.title ? { ...document, title: `${document.title} (copy)` } : document;
}

async function latestRevision(id: string): Promise<Result<number>> {
  const revisions = await fetchRevisions(id, new AbortController().signal);
  return revisions.ok ? success(Math.max(0, ...revisions.value.map(({ revision }) => revision))) : revisions;
}
