// An address that shows another person the same: this revision, these instants.
import { nowNanos, parseTime, rfc3339 } from "../base/time";
import type { Range } from "../explore/view";
import { writeNotebookView } from "./address";
import type { NotebookModel } from "./model";
import { packText } from "./packed";
import { writeDocument } from "./read_document";

export interface Shared {
  readonly address: string;
  /** What it shows, and for how long. */
  readonly note: string;
}

/** A kept notebook is saved first, so that there is a revision to name. */
export async function sharedAddress(model: NotebookModel): Promise<Shared> {
  const { saving } = model;
  if (saving.isOwn.peek() && saving.isChanged.peek()) await saving.save();
  const { id, revision, isBuiltIn } = model.kept.peek();
  const range = instants(model.range.peek());
  const filters = model.view.peek().filters;
  const common = { range, filters, refresh: null, open: model.view.peek().open, theme: "system" } as const;
  if (id !== null && !saving.isChanged.peek())
    return {
      address: absolute(writeNotebookView({ ...common, id, revision: isBuiltIn ? null : revision, packed: null })),
      note: isBuiltIn
        ? "This address shows this built-in notebook at this time."
        : `This address shows revision ${revision} at this time, for as long as the notebook is kept.`,
    };
  const packed = await packText(JSON.stringify(writeDocument(model.document.peek())));
  return {
    address: absolute(writeNotebookView({ ...common, id: null, revision: null, packed })),
    note: "These changes are not saved: the address holds the whole notebook itself. It never expires, but it is long.",
  };
}

function absolute({ search, hash }: { readonly search: string; readonly hash: string }): string {
  return `${window.location.origin}${window.location.pathname}${search}${hash}`;
}

/** now-1h means another time tomorrow. */
function instants({ from, to }: Range): Range {
  const now = nowNanos();
  const [start, end] = [parseTime(from, now), parseTime(to, now)];
  return { from: start === null ? from : rfc3339(start), to: end === null ? to : rfc3339(end) };
}
