// The open trace of a notebook: opened from a dot or a row of a cell, read in the drawer, closed back to where it came from.
import { type ReadonlySignal, batch, computed, effect, signal } from "@preact/signals";
import { type Info, fetchInfo } from "../api/info";
import type { Exemplar } from "../api/latency";
import type { SlowSpan } from "../api/slow_span";
import { type Trace, type TraceRequest, fetchTrace } from "../api/trace";
import { createQuery } from "../base/query";
import { linkSteps } from "../explore/link_steps";
import type { OpenTrace } from "../explore/view";
import type { NotebookView } from "./address";
import type { ChangeView } from "./scope_steps";

export function createTraceSteps(view: ReadonlySignal<NotebookView>, change: ChangeView) {
  const trace = createQuery<TraceRequest, Trace>(fetchTrace);
  const info = createQuery<null, Info>((_, abort) => fetchInfo(abort));
  /** The exemplars of the chart that the trace was opened from. */
  const shown = signal<readonly Exemplar[]>([]);
  /** The cell that it was opened from. */
  const cellId = signal<string | null>(null);
  /** Span id of the dot last focused or opened. */
  const current = signal<string | null>(null);
  const origin = signal<HTMLElement | null>(null);
  const fullPage = signal(false);
  const pathOnly = signal(false);
  const selected = computed(() => exemplarOf(shown.value, view.value.open, current.value));
  const request = computed(() => {
    const { open } = view.value;
    return open === null ? "" : JSON.stringify({ traceId: open.traceId, near: open.near });
  });
  const ask = () => void trace.run(JSON.parse(request.peek()) as TraceRequest);
  const open = (span: OpenTrace, how: "push" | "replace" = "push") => change({ open: span }, how);

  return {
    trace, shown, cellId, current, origin, fullPage, pathOnly, selected,
    ...linkSteps(view, change),
    rawDataFrom: computed(() => info.state.value.value?.rawDataFrom ?? null),
    retryTrace: ask,
    togglePathOnly: () => void (pathOnly.value = !pathOnly.peek()),
    openExemplar(cell: string, exemplars: readonly Exemplar[], exemplar: Exemplar) {
      batch(() => {
        shown.value = exemplars;
        cellId.value = cell;
        origin.value = null;
        current.value = exemplar.spanId;
        open({ traceId: exemplar.traceId, spanId: exemplar.spanId, near: exemplar.t.toString() });
      });
    },
    openSlowSpan(cell: string, { traceId, spanId }: Pick<SlowSpan, "traceId"> & { readonly spanId: string | null }, from: HTMLElement) {
      batch(() => {
        shown.value = [];
        cellId.value = cell;
        origin.value = from;
        open({ traceId, spanId, near: null });
      });
    },
    selectSpan(spanId: string) {
      const now = view.peek().open;
      if (now !== null && now.spanId !== spanId) open({ ...now, spanId }, "replace");
    },
    /** What a trace was opened from is no more on the screen. */
    forgetOrigin() {
      batch(() => {
        shown.value = [];
        cellId.value = null;
        current.value = null;
        origin.value = null;
      });
    },
    closeTrace() {
      fullPage.value = false;
      if (view.peek().open !== null) change({ open: null });
    },
    stepExemplar(direction: -1 | 1) {
      const exemplars = shown.peek();
      const at = exemplars.findIndex(({ spanId }) => spanId === selected.peek()?.spanId);
      const next = at < 0 ? undefined : exemplars[at + direction];
      if (next === undefined) return;
      current.value = next.spanId;
      open({ traceId: next.traceId, spanId: next.spanId, near: next.t.toString() }, "replace");
    },
    followTrace: () =>
      effect(() => {
        if (request.value === "") trace.clear();
        else ask();
        // Asked once, for it says how far back spans reach.
        if (request.value !== "" && info.state.peek().value === null) void info.run(null);
      }),
  };
}

function exemplarOf(shown: readonly Exemplar[], open: OpenTrace | null, current: string | null): Exemplar | null {
  const ofTrace = shown.filter(({ traceId }) => traceId === open?.traceId);
  return ofTrace.find(({ spanId }) => spanId === open?.spanId) ?? ofTrace.find(({ spanId }) => spanId === current) ?? ofTrace[0] ?? null;
}
