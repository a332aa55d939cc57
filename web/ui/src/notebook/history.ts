// The document, the ones before it and those that were undone.
import type { NotebookDocument } from "./document";

const STEPS_MAX = 200;

export interface History {
  /** The latest last. */
  readonly past: readonly NotebookDocument[];
  readonly present: NotebookDocument;
  /** The next one to redo last. */
  readonly future: readonly NotebookDocument[];
}

export function historyOf(present: NotebookDocument): History {
  return { past: [], present, future: [] };
}

/** A step that changes nothing is none. */
export function step(history: History, next: NotebookDocument): History {
  if (next === history.present) return history;
  return { past: [...history.past, history.present].slice(-STEPS_MAX), present: next, future: [] };
}

export function undo(history: History): History {
  const { past, present, future } = history;
  const before = past.at(-1);
  return before === undefined ? history : { past: past.slice(0, -1), present: before, future: [...future, present] };
}

export function redo(history: History): History {
  const { past, present, future } = history;
  const next = future.at(-1);
  return next === undefined ? history : { past: [...past, present], present: next, future: future.slice(0, -1) };
}
