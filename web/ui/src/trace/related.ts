// The traces around an open one, which its own spans do not name: they become rows under the spans that they belong to.
import { type ReadonlySignal, type Signal, batch, signal } from "@preact/signals";
import type { RelatedRequest, RelatedTrace, RelatedTraces } from "../api/related";
import type { Trace } from "../api/trace";
import type { Failure, Result } from "../base/result";
import { visibleName } from "../base/foreign_text";
import { formatDuration } from "../base/format";
import type { Addition, Sources, SpanWithLink } from "./sources";

export type FetchRelated = (request: RelatedRequest) => Promise<Result<RelatedTraces>>;

/** What the search for them has come to. */
export type RelatedState = "not_asked" | "loading" | Failure | { readonly found: number; readonly hasMore: boolean };

/** Other traces are looked for so long before this one and after it, as the server does by default for one that a link names. */
const MARGIN_NS = 600_000_000_000n;
/** A trace of very many requests is asked for by the first of them. */
const AUDIT_IDS_MAX = 20;

export interface RelatedOptions {
  readonly trace: Trace;
  readonly all: ReadonlySignal<Sources>;
  readonly additions: Signal<readonly Addition[]>;
  readonly fetchRelated: FetchRelated;
}

/** Looks for them once; where that fails, again when asked again. `onFound` gets the first of their links. */
export function createRelated({ trace, all, additions, fetchRelated }: RelatedOptions, onFound: (link: number) => void) {
  const related = signal<RelatedState>("not_asked");
  const findRelated = async (): Promise<void> => {
    const now = related.peek();
    if (now === "loading" || (now !== "not_asked" && "found" in now)) return;
    related.value = "loading";
    const answer = await fetchRelated({ traceId: trace.traceId, start: trace.start - MARGIN_NS, end: trace.end + MARGIN_NS, auditIds: auditIdsOf(trace) });
    if (!answer.ok) return void (related.value = answer.failure);
    const first = all.peek().links.length;
    const links = newLinks(trace, all.peek(), answer.value.traces);
    batch(() => {
      if (links.length > 0) additions.value = [...additions.peek(), { links }];
      related.value = { found: links.length, hasMore: answer.value.hasMore };
    });
    if (links.length > 0) onFound(first);
  };
  return { related, findRelated };
}

const AUDIT_ID = "audit-id";

/** Of the requests in it, the first ones. */
export function auditIdsOf({ spans }: Trace): readonly string[] {
  const ids = new Set<string>();
  for (const { attributes } of spans) {
    for (const { key, value } of attributes) if (key === AUDIT_ID && typeof value === "string") ids.add(value);
    if (ids.size >= AUDIT_IDS_MAX) break;
  }
  return [...ids];
}

/** Those that no link of a span that is shown leads to. */
function newLinks(trace: Trace, { links }: Sources, found: readonly RelatedTrace[]): readonly SpanWithLink[] {
  const named = new Set(links.map(({ link }) => link.traceId));
  return found.filter(({ traceId }) => !named.has(traceId)).map((one) => ({
    owner: ownerOf(trace, one),
    link: { traceId: one.traceId, spanId: one.spanId, attributes: [] },
    how: "auditId" in one.to ? "same audit id" : "links here",
    words: [one.rootService, one.rootName].filter((name) => name !== null).map((name) => visibleName(name)).join(" ") + `, ${formatDuration(one.durationNs)}`,
  }));
}

/** The place of the span that the other trace belongs to; the first where it is not here. */
function ownerOf({ spans }: Trace, { to }: RelatedTrace): number {
  const place = "auditId" in to
    ? spans.findIndex(({ attributes }) => attributes.some(({ key, value }) => key === AUDIT_ID && value === to.auditId))
    : spans.findIndex(({ spanId }) => spanId === to.spanId);
  return Math.max(place, 0);
}
