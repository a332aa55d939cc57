// Brings the notebook that the address names: from the server, out of the address itself, or from a draft in this browser.
import { fetchNotebook } from "../api/notebooks";
import { type Result, failure, success } from "../base/result";
import { browserStorage } from "../base/storage";
import type { NotebookView } from "./address";
import { type NotebookDocument, emptyDocument } from "./document";
import { type Draft, UNSAVED, readDraft } from "./drafts";
import { unpackText } from "./packed";
import { parseDocument, readDocument } from "./read_document";
import { type Kept, NEVER_KEPT } from "./saving_state";

export interface Loaded {
  readonly kept: Kept;
  readonly document: NotebookDocument;
  /** A draft that took the place of what was loaded. */
  readonly draft: Draft | null;
}

export async function load(view: NotebookView, signal: AbortSignal): Promise<Result<Loaded>> {
  const fresh = view.id === null ? await unsaved(view.packed) : await fromServer(view.id, view.revision, signal);
  if (!fresh.ok) return fresh;
  const draft = readDraft(browserStorage(), draftIdOf(view));
  if (draft === null) return fresh;
  const kept = view.id === null ? fresh.value.kept : { ...fresh.value.kept, revision: draft.revision };
  return success({ kept, document: draft.document, draft });
}

/** Under which name changes of a notebook are kept in this browser. */
export function draftIdOf({ id, revision, packed }: Pick<NotebookView, "id" | "revision" | "packed">): string {
  if (id !== null) return revision === null ? id : `${id}@${revision}`;
  return packed === null ? UNSAVED : `${UNSAVED}-${fingerprint(packed)}`;
}

/** FNV-1a: tells the few drafts of one browser apart. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16);
}

async function unsaved(packed: string | null): Promise<Result<Loaded>> {
  if (packed === null) return success(begun(emptyDocument()));
  const text = await unpackText(packed);
  if (text === null) return failure("invalid", "The notebook in this address is not whole: the address may have been cut when it was sent.");
  const document = parseDocument(text);
  return document.ok ? success(begun(document.value)) : document;
}

function begun(document: NotebookDocument): Loaded {
  return { kept: { ...NEVER_KEPT, document }, document, draft: null };
}

async function fromServer(id: string, revision: number | null, signal: AbortSignal): Promise<Result<Loaded>> {
  const answer = await fetchNotebook({ id, revision }, signal);
  if (!answer.ok) return answer;
  const document = readDocument(answer.value.notebook);
  if (!document.ok) return failure("malformed", `this page cannot read the notebook: ${document.failure.message}`);
  const { isBuiltIn, updatedAt } = answer.value;
  const kept = { id: answer.value.id, revision: answer.value.revision, isBuiltIn, updatedAt, document: document.value };
  return success({ kept, document: document.value, draft: null });
}
