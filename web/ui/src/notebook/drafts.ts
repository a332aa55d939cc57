// Changes that are not saved yet, kept in this browser so that they survive a reload: one draft a notebook, a bounded number of them.
import type { NotebookDocument } from "./document";
import { documentText, parseDocument } from "./read_document";

const PREFIX = "tailplane.draft.";
const DRAFTS_MAX = 20;
const CHARACTERS_MAX = 1_000_000;

/** The draft of a notebook that was never saved. */
export const UNSAVED = "unsaved";

export interface Draft {
  /** The revision that it changes; null for one that was never saved. */
  readonly revision: number | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly document: NotebookDocument;
}

/** False where the browser keeps nothing, or this is too large to keep. */
export function keepDraft(storage: Storage | null, id: string, draft: Draft): boolean {
  if (storage === null) return false;
  const text = JSON.stringify({ revision: draft.revision, at: draft.at, document: documentText(draft.document) });
  if (text.length > CHARACTERS_MAX) return false;
  try {
    for (const key of draftKeys(storage).slice(DRAFTS_MAX - 1)) if (key !== PREFIX + id) storage.removeItem(key);
    storage.setItem(PREFIX + id, text);
    return true;
  } catch {
    return false;
  }
}

export function readDraft(storage: Storage | null, id: string): Draft | null {
  const stored = parse(storage?.getItem(PREFIX + id) ?? null);
  const document = stored === null ? null : parseDocument(stored.document);
  return stored === null || document === null || !document.ok ? null : { revision: stored.revision, at: stored.at, document: document.value };
}

export function dropDraft(storage: Storage | null, id: string): void {
  storage?.removeItem(PREFIX + id);
}

/** Forgets a draft once it is kept elsewhere; one that says something else by now stays. */
export function dropDraftOf(storage: Storage | null, id: string, kept: NotebookDocument): void {
  if (parse(storage?.getItem(PREFIX + id) ?? null)?.document === documentText(kept)) dropDraft(storage, id);
}

/** The latest first. */
function draftKeys(storage: Storage): readonly string[] {
  const keys = [...Array(storage.length).keys()].map((index) => storage.key(index) ?? "").filter((key) => key.startsWith(PREFIX));
  const age = (key: string) => parse(storage.getItem(key))?.at ?? 0;
  return keys.sort((a, b) => age(b) - age(a));
}

function parse(text: string | null): { readonly revision: number | null; readonly at: number; readonly document: string } | null {
  try {
    const { revision, at, document } = JSON.parse(text ?? "null") as Record<string, unknown>;
    const known = (revision === null || typeof revision === "number") && typeof at === "number" && typeof document === "string";
    return known ? { revision, at, document } : null;
  } catch {
    return null;
  }
}
