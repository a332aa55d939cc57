// What is known of how a notebook is kept: what the server has of it, how the last try went, which document is on the screen.
import { type ReadonlySignal, type Signal, computed, signal } from "@preact/signals";
import type { KeptNotebook } from "../api/notebooks";
import type { Failure } from "../base/result";
import { browserStorage } from "../base/storage";
import type { Nanos } from "../base/time";
import type { NotebookView } from "./address";
import type { NotebookDocument } from "./document";
import { keepDraft } from "./drafts";
import type { Merging } from "./merging";
import { documentText } from "./read_document";

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

export const IDLE: SavingState = { busy: false, failure: null, conflict: null, isAside: false, merged: null };

/** What saving needs of the screen. */
export interface Saved {
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

/** What the parts of saving share. */
export type SharedSaving = ReturnType<typeof shareSaving>;

export function shareSaving(saved: Saved) {
  const { document, kept, isReady, draftId } = saved;
  const isChanged = computed(() => !isSame(document.value, kept.value.document));
  let round = 0;
  return {
    ...saved,
    state: signal<SavingState>(IDLE),
    isChanged,
    /** Whether the changed document can take the place of what is kept. */
    isOwn: computed(() => kept.value.id !== null && !kept.value.isBuiltIn),
    /** Grows with every document that is opened, and when the screen is left: an answer to an earlier one says nothing of what is shown. */
    round: () => round,
    nextRound: () => void round++,
    stillIn: (asked: number) => asked === round && isReady.peek(),
    /** What is not saved is kept in this browser at once. */
    keepNow() {
      if (!isReady.peek() || !isChanged.peek()) return;
      keepDraft(browserStorage(), draftId(), { revision: kept.peek().revision, at: Date.now(), document: document.peek() });
    },
  };
}

function isSame(a: NotebookDocument, b: NotebookDocument | null): boolean {
  return a === b || (b !== null && documentText(a) === documentText(b));
}
