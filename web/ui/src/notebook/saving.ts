// Keeps a notebook on the server: by hand at first, then by itself some seconds after each change; and drafts in this browser.
import { type ReadonlySignal, type Signal, batch, computed, effect, signal } from "@preact/signals";
import { type KeptNotebook, createNotebook, fetchRevisions, latestOf, updateNotebook } from "../api/notebooks";
import { type Failure, type FailureKind, type Result, success } from "../base/result";
import { browserStorage } from "../base/storage";
import type { Nanos } from "../base/time";
import type { NotebookView } from "./address";
import type { NotebookDocument } from "./document";
import { dropDraft, dropDraftOf, keepDraft } from "./drafts";
import { type Choose, merge } from "./merge";
import { type Merging, clashesOf, mergingOf } from "./merging";
import { documentText, writeDocument } from "./read_document";

const AUTOSAVE_MS = 4_000;
const DRAFT_MS = 300;

/** Failures that may be over in some seconds. */
const PASSING: ReadonlySet<FailureKind> = new Set(["network", "unavailable"]);

/** What the server has of this notebook. */
export interface Kept {
  /** Null where it was never saved. */
  readonly id: string | null;
  /** The revision that the document began as; null where it was never saved. */
  readonly revision: number | null;
  readonly isBuiltIn: boolean;
  readonly updatedAt: Nanos | null;
  /** As it is kept, or as it began. */
  readonly document: NotebookDocument | null;
}

export const NEVER_KEPT: Kept = { id: null, revision: null, isBuiltIn: false, updatedAt: null, document: null };

export interface SavingState {
  readonly busy: boolean;
  /** Why the last try failed. */
  readonly failure: Failure | null;
  /** What somebody else saved meanwhile, where both changed the same. */
  readonly conflict: Conflict | null;
  /** Whether the reader has seen the conflict and put it aside: nothing is saved until they ask for it. */
  readonly isAside: boolean;
  /** The revision whose changes the last save has beside the reader's own; null where there were none. */
  readonly merged: number | null;
}

export interface Conflict {
  readonly latest: KeptNotebook;
  /** Null where they cannot be put together: what both began with is not kept any more, or theirs is not understood. */
  readonly merging: Merging | null;
}

const IDLE: SavingState = { busy: false, failure: null, conflict: null, isAside: false, merged: null };

interface Saved {
  readonly document: ReadonlySignal<NotebookDocument>;
  readonly kept: Signal<Kept>;
  readonly view: ReadonlySignal<NotebookView>;
  /** Whether the document is there. */
  readonly isReady: ReadonlySignal<boolean>;
  /** The address now says this notebook, which is what is on the screen. */
  readonly nowAt: (id: string) => void;
  /** Makes a change of what is on the screen, and of every step that can be undone or redone. */
  readonly rebase: (change: (document: NotebookDocument) => NotebookDocument) => void;
  /** What is typed becomes part of the document. */
  readonly keepTyped: () => void;
  /** What was saved has another title than what is on the screen. */
  readonly retitle: (title: string) => void;
  readonly draftId: () => string;
}

export type Saving = ReturnType<typeof createSaving>;

export function createSaving(saved: Saved) {
  const { document, kept, view, isReady, nowAt, retitle, draftId } = saved;
  const state = signal<SavingState>(IDLE);
  const isChanged = computed(() => !isSame(document.value, kept.value.document));
  /** Whether the changed document can take the place of what is kept. */
  const isOwn = computed(() => kept.value.id !== null && !kept.value.isBuiltIn);
  const never = new AbortController().signal;
  /** Grows with every document that is opened, and when the screen is left: an answer to an earlier one says nothing of what is shown. */
  let round = 0;
  const stillIn = (asked: number) => asked === round && isReady.peek();

  const keepNow = () => {
    if (!isReady.peek() || !isChanged.peek()) return;
    keepDraft(browserStorage(), draftId(), { revision: kept.peek().revision, at: Date.now(), document: document.peek() });
  };

  const attempt = async (written: NotebookDocument, send: () => Promise<Result<KeptNotebook>>) => {
    const titleBefore = document.peek().title;
    state.value = { ...state.peek(), busy: true, failure: null };
    const [before, asked] = [draftId(), round];
    const result = await send();
    if (!stillIn(asked)) {
      if (result.ok) dropDraftOf(browserStorage(), before, written);
      return false;
    }
    if (!result.ok) {
      const latest = result.failure.kind === "conflict" ? latestOf(result.failure) : null;
      if (latest !== null) return settle(latest);
      state.value = { ...IDLE, failure: result.failure };
      return false;
    }
    const { id, revision, isBuiltIn, updatedAt } = result.value;
    batch(() => {
      kept.value = { id, revision, isBuiltIn, updatedAt, document: written };
      state.value = { ...IDLE, merged: state.peek().merged };
      if (written.title !== titleBefore) retitle(written.title);
      nowAt(id);
    });
    dropDraft(browserStorage(), before);
    keepNow();
    return true;
  };

  const saveNew = (written: NotebookDocument) => attempt(written, () => createNotebook(writeDocument(written), never));
  const saveNext = (written: NotebookDocument, revision: number | null) => {
    const { id } = kept.peek();
    return id === null || revision === null ? saveNew(written) : attempt(written, () => updateNotebook(id, revision, writeDocument(written), never));
  };

  const { settle, takeOver } = mergingSteps({ ...saved, state, isChanged, saveNext, stillIn, round: () => round });

  const steps = {
    async save() {
      if (state.peek().busy) return false;
      state.value = { ...state.peek(), merged: null };
      const { revision } = kept.peek();
      if (!isOwn.peek() || revision === null) return saveNew(named(document.peek(), kept.peek()));
      if (view.peek().revision === null) return saveNext(document.peek(), revision);
      const asked = round;
      state.value = { ...IDLE, busy: true };
      const latest = await latestRevision(kept.peek().id ?? "");
      if (!stillIn(asked)) return false;
      if (!latest.ok) {
        state.value = { ...IDLE, failure: latest.failure };
        return false;
      }
      return saveNext(document.peek(), latest.value);
    },
    /** Keeps what is on the screen as another notebook. */
    saveCopy: () => saveNew({ ...document.peek(), title: `${document.peek().title} (copy)` }),
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
    /** Another document is on the screen. */
    begin() {
      round++;
      state.value = IDLE;
    },
    /** What is not saved is kept in this browser at once, because the document leaves the screen. */
    keepNow,
  };

  const follow = () => {
    const stop = followChanges({ ...saved, state, isChanged, isOwn, save: steps.save });
    return () => {
      stop();
      round++;
    };
  };
  return { state, isChanged, isOwn, ...steps, follow };
}

interface MergingNeeds extends Saved {
  readonly state: Signal<SavingState>;
  readonly isChanged: ReadonlySignal<boolean>;
  readonly saveNext: (written: NotebookDocument, revision: number | null) => Promise<boolean>;
  readonly round: () => number;
  readonly stillIn: (asked: number) => boolean;
}

/** What is done where somebody else has saved meanwhile: where both changed other things, both are kept. */
function mergingSteps({ document, kept, view, rebase, keepTyped, state, isChanged, saveNext, round, stillIn }: MergingNeeds) {
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

interface Followed extends Saved {
  readonly state: ReadonlySignal<SavingState>;
  readonly isChanged: ReadonlySignal<boolean>;
  readonly isOwn: ReadonlySignal<boolean>;
  readonly save: () => Promise<boolean>;
}

/** Keeps drafts, and saves by itself what was saved by hand once. */
function followChanges({ document, kept, view, isReady, draftId, state, isChanged, isOwn, save }: Followed): () => void {
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

function isSame(a: NotebookDocument, b: NotebookDocument | null): boolean {
  return a === b || (b !== null && documentText(a) === documentText(b));
}

/** A copy of a built-in notebook says that it is one, unless it has a title of its own. */
function named(document: NotebookDocument, { isBuiltIn, document: origin }: Kept): NotebookDocument {
  return isBuiltIn && document.title === origin?.title ? { ...document, title: `${document.title} (copy)` } : document;
}

async function latestRevision(id: string): Promise<Result<number>> {
  const revisions = await fetchRevisions(id, new AbortController().signal);
  return revisions.ok ? success(Math.max(0, ...revisions.value.map(({ revision }) => revision))) : revisions;
}
