// What of a notebook stands in the address: which one, and time, filters and trace where they differ from the document.
import type { Address } from "../base/navigation";
import { REFRESH_CHOICES, type Refresh } from "../base/refresh";
import { type ThemeChoice, readTheme, writeTheme } from "../base/theme";
import type { OpenTrace, Range } from "../explore/view";

export interface NotebookView {
  /** Null for one that was never saved. */
  readonly id: string | null;
  /** Null is the latest. */
  readonly revision: number | null;
  /** A whole document, packed, where it was never saved. */
  readonly packed: string | null;
  readonly range: Range | null;
  readonly filters: readonly string[] | null;
  readonly refresh: Refresh | null;
  readonly open: OpenTrace | null;
  readonly theme: ThemeChoice;
}

/** Whether an address names this screen. */
export function isNotebook({ search }: Address): boolean {
  return new URLSearchParams(search).get("v") === "nb";
}

export function readNotebookView({ search, hash }: Address): NotebookView {
  const parameters = new URLSearchParams(search);
  const matching = (key: string, pattern: RegExp) => {
    const value = parameters.get(key);
    return value !== null && pattern.test(value) ? value : null;
  };
  const revision = matching("rev", /^\d{1,9}$/);
  const from = parameters.get("from");
  const traceId = matching("trace", /^[0-9a-f]{32}$/);
  return {
    id: matching("id", /^[\w-]{1,100}$/),
    revision: revision === null ? null : Number(revision),
    packed: hash.startsWith("#d=") ? hash.slice(3) : null,
    range: from === null ? null : { from, to: parameters.get("to") ?? "now" },
    filters: parameters.has("f") ? parameters.getAll("f").filter((clause) => clause.trim() !== "") : null,
    refresh: REFRESH_CHOICES.find((choice) => choice === parameters.get("refresh")) ?? null,
    open: traceId === null ? null : { traceId, spanId: matching("span", /^[0-9a-f]{16}$/), near: matching("t", /^\d{1,19}$/) },
    theme: readTheme(parameters),
  };
}

export function writeNotebookView(view: NotebookView): Address {
  const parameters = new URLSearchParams({ v: "nb" });
  if (view.id !== null) parameters.set("id", view.id);
  if (view.revision !== null) parameters.set("rev", String(view.revision));
  if (view.range !== null) {
    parameters.set("from", view.range.from);
    parameters.set("to", view.range.to);
  }
  if (view.filters?.length === 0) parameters.append("f", "");
  for (const clause of view.filters ?? []) parameters.append("f", clause);
  if (view.refresh !== null) parameters.set("refresh", view.refresh);
  if (view.open !== null) {
    parameters.set("trace", view.open.traceId);
    if (view.open.spanId !== null) parameters.set("span", view.open.spanId);
    if (view.open.near !== null) parameters.set("t", view.open.near);
  }
  writeTheme(view.theme, parameters);
  return { search: `?${parameters}`, hash: view.packed === null ? "" : `#d=${view.packed}` };
}

/** The address of a notebook, as a link. */
export function notebookLink(id: string | null, packed: string | null = null): string {
  const { search, hash } = writeNotebookView({
    id, revision: null, packed, range: null, filters: null, refresh: null, open: null, theme: "system",
  });
  return search + hash;
}
