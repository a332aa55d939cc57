// The steps of a reader who follows the links of a trace to others, and comes back.
import { type ReadonlySignal, computed, signal } from "@preact/signals";
import type { OpenTrace } from "./view";

/** A trace that was left by a link. */
export interface Left {
  readonly open: OpenTrace;
  readonly heading: string;
}

export function linkSteps(view: ReadonlySignal<{ readonly open: OpenTrace | null }>, change: (patch: { readonly open: OpenTrace }) => void) {
  const left = signal<readonly Left[]>([]);
  /** The trace that the last link led to: elsewhere the way back means nothing. */
  const reached = signal<string | null>(null);
  const trail = computed<readonly Left[]>(() => {
    const traceId = view.value.open?.traceId ?? null;
    if (traceId === null) return [];
    const place = left.value.findIndex(({ open }) => open.traceId === traceId);
    if (place >= 0) return left.value.slice(0, place);
    return traceId === reached.value ? left.value : [];
  });
  return {
    trail,
    followLink(open: OpenTrace, heading: string) {
      const from = view.peek().open;
      left.value = from === null ? [] : [...trail.peek(), { open: from, heading }];
      reached.value = open.traceId;
      change({ open });
    },
    /** To a trace of the trail by its place. */
    goBackTo(place: number) {
      const target = trail.peek()[place];
      if (target !== undefined) change({ open: target.open });
    },
  };
}
