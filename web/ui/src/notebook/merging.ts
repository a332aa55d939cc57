// What two people's changes are told by: the revision that both began with, and theirs.
import { type KeptNotebook, fetchNotebook } from "../api/notebooks";
import type { NotebookDocument } from "./document";
import { type Clash, merge } from "./merge";
import { readDocument } from "./read_document";

export interface Merging {
  readonly base: NotebookDocument;
  readonly theirs: NotebookDocument;
}

export function clashesOf({ base, theirs }: Merging, mine: NotebookDocument): readonly Clash[] {
  return merge(base, mine, theirs).clashes;
}

interface Begun {
  readonly id: string | null;
  readonly revision: number | null;
}

/** The base is asked for, as a draft may be of an older revision than the page has seen. Null where one of the two is not to be had. */
export async function mergingOf({ id, revision }: Begun, latest: KeptNotebook, signal: AbortSignal): Promise<Merging | null> {
  if (id === null || revision === null) return null;
  const theirs = readDocument(latest.notebook);
  const began = theirs.ok ? await fetchNotebook({ id, revision }, signal) : null;
  const base = began?.ok ? readDocument(began.value.notebook) : null;
  return theirs.ok && base?.ok ? { base: base.value, theirs: theirs.value } : null;
}
