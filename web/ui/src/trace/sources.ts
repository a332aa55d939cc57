// The spans that a waterfall shows: those of the opened trace, and behind them those of linked traces at their real time.
import type { Span, SpanLink, Trace } from "../api/trace";

/** A trace in the view. */
export interface Source {
  readonly trace: Trace;
  /** The place of its first span among all spans. */
  readonly first: number;
  /** From the start of the opened trace to its own. */
  readonly shiftNs: number;
  /** The place of the link that led to it; null for the opened trace. */
  readonly link: number | null;
}

/** A link of a span that is shown, or one that another trace has to it. */
export interface SpanWithLink {
  /** The place of the span that has the link, or that it leads to. */
  readonly owner: number;
  /** To the other trace. */
  readonly link: SpanLink;
  /** Where the other trace was found by what it says: what makes it belong here. */
  readonly how?: "links here" | "same audit id";
  /** What is known of the other trace before it is fetched. */
  readonly words?: string;
}

export interface Sources {
  /** Offsets are from the start of the opened trace. */
  readonly spans: readonly Span[];
  /** Per span the place of its parent, or -1. */
  readonly parents: Int32Array;
  readonly sources: readonly Source[];
  readonly links: readonly SpanWithLink[];
}

/** A linked trace that was fetched, and the place of its link. */
export interface Splice {
  readonly link: number;
  readonly trace: Trace;
}

/** What a reader has asked for beside the opened trace: one that was fetched, or links to it that were found. */
export type Addition = Splice | { readonly links: readonly SpanWithLink[] };

/** The opened trace, and what was added behind it in the order in which it came: places never change. */
export function combine(opened: Trace, additions: readonly Addition[]): Sources {
  const sources: Source[] = [];
  const spans: Span[] = [];
  const links: SpanWithLink[] = [];
  const add = (trace: Trace, link: number | null) => {
    const first = spans.length;
    const shiftNs = Number(trace.start - opened.start);
    sources.push({ trace, first, shiftNs, link });
    for (const span of trace.spans) {
      for (const one of span.links) links.push({ owner: spans.length, link: one });
      spans.push(shiftNs === 0 ? span : { ...span, offsetNs: span.offsetNs + shiftNs });
    }
  };
  add(opened, null);
  for (const addition of additions) {
    if ("links" in addition) links.push(...addition.links);
    else add(addition.trace, addition.link);
  }
  return { spans, parents: parentsOf(spans), sources, links };
}

/** Per span the place of its parent, or -1: spans come depth first with their depth, so one pass with a stack finds it. */
export function parentsOf(spans: readonly Span[]): Int32Array {
  const parents = new Int32Array(spans.length).fill(-1);
  const open: number[] = [];
  spans.forEach((span, place) => {
    while (open.length > 0 && (spans[open.at(-1) ?? 0]?.depth ?? 0) >= span.depth) open.pop();
    parents[place] = open.at(-1) ?? -1;
    open.push(place);
  });
  return parents;
}

/** The trace that a span is of. */
export function sourceOf({ sources }: Sources, place: number): Source {
  let found = sources[0]!;
  for (const source of sources) if (source.first <= place) found = source;
  return found;
}

/** From where to where the view reaches by itself: all traces that are shown. */
export function extentOf({ sources }: Sources): { readonly fromNs: number; readonly toNs: number } {
  const ends = sources.map(({ trace, shiftNs }) => shiftNs + trace.durationNs);
  return { fromNs: Math.min(...sources.map(({ shiftNs }) => shiftNs)), toNs: Math.max(...ends, 1) };
}
