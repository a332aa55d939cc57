// The state of the explore view and every step a reader can take: one object that the components share.
import { type ReadonlySignal, batch, computed, effect, signal } from "@preact/signals";
import { type AttributeInfo, type AttributesRequest, fetchAttributes } from "../api/attributes";
import { type Info, fetchInfo } from "../api/info";
import { type Exemplar, type Latency, type LatencyRequest, type LatencySeries, fetchLatency } from "../api/latency";
import type { SlowSpan } from "../api/slow_span";
import { type Trace, type TraceRequest, fetchTrace } from "../api/trace";
import { joinClauses } from "../base/clauses";
import { type Query, createQuery, wasCancelled } from "../base/query";
import { applyTheme, followSystemTheme } from "../base/theme";
import { fromSeconds, rfc3339 } from "../base/time";
import { chartData } from "../charts/chart_data";
import { heatmapExemplars } from "../charts/heatmap/heatmap_dots";
import { type ChartView, thresholdsOf } from "./chart_view";
import { type Clock, createClock } from "./clock";
import { type LoadAttributes, compareSteps, seriesClauses } from "./compare_steps";
import { type EarlierQuery, createEarlier } from "./earlier";
import type { KeptQuestion } from "./kept_question";
import { linkSteps } from "./link_steps";
import { newestMatch } from "./newest";
import { type Range, type View, readView, writeView } from "./view";

/** What the chart asks for: more series than colours would not be told apart. */
const SERIES_MAX = 8;
const EXEMPLARS_PER_POINT = 3;
const FALLBACK_RANGE: Range = { from: "now-1h", to: "now" };

export type Model = ReturnType<typeof createModel>;

export function createModel() {
  const view = signal<View>(readView(window.location.search));
  const { info, latency, trace, attributes, newest } = createQueries();
  const highlighted = signal<number | null>(null);
  /** Span id of the dot that was last focused or opened: where the focus returns to. */
  const current = signal<string | null>(null);
  /** Exemplars that are visible on the chart, in order of time. */
  const shown = signal<readonly Exemplar[]>([]);
  /** The range before the first drag on the chart; null when not zoomed. */
  const beforeZoom = signal<{ readonly range: Range | null } | null>(null);
  const fullPage = signal(false);
  /** Whether the waterfall shows only what is on the critical path. */
  const pathOnly = signal(false);
  const tick = signal(0);
  /** What is about to be kept in a notebook. */
  const keeping = signal<KeptQuestion | null>(null);
  /** What the open trace was opened from, where that is no dot. */
  const origin = signal<HTMLElement | null>(null);

  const filter = computed(() => joinClauses(view.value.clauses));
  const range = computed(() => view.value.range ?? hintedRange(info.state.value.value) ?? FALLBACK_RANGE);
  const rawDataFrom = computed(() => info.state.value.value?.rawDataFrom ?? null);
  const clauses = computed(() => view.value.clauses);
  const ready = computed(() => view.value.range !== null || !isWaiting(info));
  const request = computed(() => JSON.stringify(latencyRequest(view.value, filter.value, range.value)));
  const answer = computed(() => latency.state.value.value);
  const quantiles = computed(() => view.value.quantiles.join());
  const earlier = createEarlier(latency.state, request, computed(() => (view.value.chart.heatmap ? null : view.value.chart.before)));
  const chartOptions = computed(() => JSON.stringify(chartOptionsOf(view.value.chart)));
  const data = computed(() => {
    const options = JSON.parse(chartOptions.value) as ReturnType<typeof chartOptionsOf>;
    return answer.value === null ? null : chartData(answer.value, quantiles.value.split(","), { ...options, earlier: earlier.answer.value });
  });
  const selected = computed(() => openExemplar(answer.value, view.value, current.value));
  const traceRequest = computed(() => {
    const open = view.value.open;
    return open === null ? "" : JSON.stringify({ traceId: open.traceId, near: open.near });
  });

  const change = (patch: Partial<View>, how: "push" | "replace" = "push") => {
    view.value = { ...view.peek(), ...patch };
    const url = `${window.location.pathname}${writeView(view.peek())}`;
    if (how === "push") window.history.pushState(null, "", url);
    else window.history.replaceState(null, "", url);
  };

  const loadAttributes: LoadAttributes = async () => {
    await attributes.run({ filter: filter.peek(), start: range.peek().from, end: range.peek().to });
    return attributes.state.peek().value;
  };

  const isBusy = computed(() => latency.state.value.loading);
  const ask = () => void tick.value++;
  const clock = createClock({ refresh: computed(() => view.value.refresh), range, isBusy, isReading: () => isReading(view.peek()) || wasCancelled(latency.state.peek()), ask });

  const charted = { latency, earlier, newest, highlighted, current, shown, beforeZoom, data, selected };
  const state = { ...charted, request, view, info, trace, attributes, fullPage, pathOnly, filter, range, ready, tick, clock, origin, keeping, rawDataFrom, clauses };
  const steps = {
    ...filterSteps(view, change, loadAttributes),
    ...rangeSteps(view, beforeZoom, change),
    ...traceSteps(state, change),
    ...linkSteps(view, change),
    ...compareSteps(view, change, loadAttributes),
  };

  return {
    ...state,
    ...steps,
    change,
    changeChart: (patch: Partial<ChartView>, how?: "push" | "replace") => change({ chart: { ...view.peek().chart, ...patch } }, how),
    refresh: ask,
    /** Where there was nothing at all. */
    lookAgain: () => void info.run(null).then(() => tick.value++),
    togglePathOnly: () => void (pathOnly.value = !pathOnly.peek()),
    retryTrace: () => void trace.run(JSON.parse(traceRequest.peek()) as TraceRequest),
    loadAttributes: () => void loadAttributes(),
    /** Follows the URL and the clock until the returned function is called. */
    start: () => follow({ ...state, answer, traceRequest }),
  };
}

function createQueries() {
  return {
    info: createQuery<null, Info>((_, abort) => fetchInfo(abort)),
    latency: createQuery<LatencyRequest, Latency>(fetchLatency),
    trace: createQuery<TraceRequest, Trace>(fetchTrace),
    attributes: createQuery<AttributesRequest, readonly AttributeInfo[]>(fetchAttributes),
    newest: createQuery(newestMatch),
  };
}

export type Change = (patch: Partial<View>, how?: "push" | "replace") => void;

function isWaiting(query: Query<null, Info>): boolean {
  const { value, failure } = query.state.value;
  return value === null && failure === null;
}

function hintedRange(info: Info | null): Range | null {
  if (info === null || info.startHint === null || info.endHint === null) return null;
  return { from: rfc3339(info.startHint), to: rfc3339(info.endHint) };
}

function latencyRequest(view: View, filter: string, range: Range): LatencyRequest {
  const { quantiles, by, chart } = view;
  const above = thresholdsOf(chart).map(({ ns }) => ns);
  // Cells are counted over all series together.
  const groups = chart.heatmap ? [] : by;
  const asked = { filter, start: range.from, end: range.to, quantiles, by: groups, exemplars: EXEMPLARS_PER_POINT, limit: SERIES_MAX };
  return { ...asked, ...(above.length > 0 && { above }), ...(chart.heatmap && { heatmap: true }) };
}

function chartOptionsOf(chart: ChartView) {
  return { measure: chart.measure, scale: chart.scale, thresholds: thresholdsOf(chart) };
}

export function isEmpty(latency: Latency): boolean {
  return latency.series.every((series) => series.points.length === 0);
}

/** The exemplar of the open trace: the selected span's if it is one, else the one it was opened from, else any of that trace. */
function openExemplar(latency: Latency | null, { open }: View, current: string | null): Exemplar | null {
  if (latency === null || open === null) return null;
  const exemplars = [...latency.series.flatMap((series) => series.exemplars), ...heatmapExemplars(latency)];
  const ofTrace = exemplars.filter((exemplar) => exemplar.traceId === open.traceId);
  const withSpan = (spanId: string | null) => ofTrace.find((exemplar) => exemplar.spanId === spanId);
  return withSpan(open.spanId) ?? withSpan(current) ?? ofTrace[0] ?? null;
}

function filterSteps(view: ReadonlySignal<View>, change: Change, attributes: LoadAttributes) {
  const addClauses = (added: readonly string[]) => {
    const { clauses } = view.peek();
    const fresh = added.filter((clause) => !clauses.includes(clause));
    if (fresh.length > 0) change({ clauses: [...clauses, ...fresh] });
  };
  return {
    addClauses,
    addClause: (clause: string) => addClauses([clause]),
    replaceClause(index: number, clause: string) {
      change({ clauses: view.peek().clauses.map((before, place) => (place === index ? clause : before)) });
    },
    removeClause: (index: number) => change({ clauses: view.peek().clauses.filter((_, place) => place !== index) }),
    /** Keeps only the spans of one series. */
    async isolate(series: LatencySeries) {
      addClauses(seriesClauses(series, await attributes()));
    },
    groupBy: (name: string) => change({ by: [name], tab: "latency" }),
    /** How many spans there are of each value, slot by slot. */
    valuesOverTime: (name: string) => change({ by: [name], tab: "latency", table: false, chart: { ...view.peek().chart, measure: "rate", heatmap: false } }),
  };
}

function rangeSteps(view: ReadonlySignal<View>, beforeZoom: { value: { readonly range: Range | null } | null }, change: Change) {
  return {
    setRange(range: Range) {
      beforeZoom.value = null;
      change({ range });
    },
    zoom(from: number, to: number) {
      beforeZoom.value ??= { range: view.peek().range };
      change({ range: { from: rfc3339(fromSeconds(from)), to: rfc3339(fromSeconds(to)) } }, "replace");
    },
    resetZoom() {
      if (beforeZoom.value === null) return;
      change({ range: beforeZoom.value.range }, "replace");
      beforeZoom.value = null;
    },
  };
}

interface TraceState {
  readonly view: ReadonlySignal<View>;
  readonly current: { value: string | null };
  readonly shown: ReadonlySignal<readonly Exemplar[]>;
  readonly selected: ReadonlySignal<Exemplar | null>;
  readonly origin: { value: HTMLElement | null };
}

function traceSteps({ view, current, shown, selected, origin }: TraceState, change: Change) {
  const openExemplar = (exemplar: Exemplar, how: "push" | "replace" = "push") =>
    batch(() => {
      const { traceId, spanId } = exemplar;
      origin.value = null;
      current.value = spanId;
      change({ open: { traceId, spanId, near: exemplar.t.toString() } }, how);
    });
  return {
    openExemplar,
    /** Opens the trace of a span that has no dot; the focus returns to what it was opened from. */
    openSlowSpan({ traceId, spanId }: SlowSpan, from: HTMLElement) {
      origin.value = from;
      change({ open: { traceId, spanId, near: null } });
    },
    selectSpan(spanId: string) {
      const { open } = view.peek();
      if (open !== null && open.spanId !== spanId) change({ open: { ...open, spanId } }, "replace");
    },
    closeTrace: () => change({ open: null }),
    /** Opens the exemplar before (-1) or after (1) the open one. */
    stepExemplar(direction: -1 | 1) {
      const exemplars = shown.peek();
      const at = exemplars.findIndex((exemplar) => exemplar.spanId === selected.peek()?.spanId);
      const next = at < 0 ? undefined : exemplars[at + direction];
      if (next !== undefined) openExemplar(next, "replace");
    },
  };
}

interface Followed {
  readonly view: { value: View; peek(): View };
  readonly info: Query<null, Info>;
  readonly latency: Query<LatencyRequest, Latency>;
  readonly trace: Query<TraceRequest, Trace>;
  readonly attributes: Query<AttributesRequest, readonly AttributeInfo[]>;
  readonly newest: ReturnType<typeof createQuery<string, unknown>>;
  readonly earlier: EarlierQuery;
  readonly filter: ReadonlySignal<string>;
  readonly answer: ReadonlySignal<Latency | null>;
  readonly current: { value: string | null; peek(): string | null };
  readonly selected: ReadonlySignal<Exemplar | null>;
  readonly tick: { value: number };
  readonly clock: Clock;
  readonly ready: ReadonlySignal<boolean>;
  readonly request: ReadonlySignal<string>;
  readonly traceRequest: ReadonlySignal<string>;
}

function follow(model: Followed): () => void {
  const onBack = () => batch(() => (model.view.value = readView(window.location.search)));
  window.addEventListener("popstate", onBack);
  void model.info.run(null);
  const stops = [
    followSystemTheme(),
    effect(() => applyTheme(model.view.value.theme)),
    effect(() => {
      void model.tick.value;
      if (model.ready.value) void model.latency.run(JSON.parse(model.request.value) as LatencyRequest);
    }),
    effect(() => {
      const { question, query } = model.earlier;
      if (question.value !== null) void query.run(JSON.parse(question.value));
    }),
    effect(() => {
      if (model.traceRequest.value === "") model.trace.clear();
      else void model.trace.run(JSON.parse(model.traceRequest.value) as TraceRequest);
    }),
    effect(() => {
      const answer = model.answer.value;
      if (answer !== null && isEmpty(answer)) void model.newest.run(model.filter.peek());
    }),
    effect(() => {
      const { current, selected } = model;
      if (selected.value !== null && current.peek() === null) current.value = selected.value.spanId;
    }),
    model.clock.follow(),
    () => window.removeEventListener("popstate", onBack),
    // Nobody waits for these any more.
    () => [model.info, model.latency, model.trace, model.attributes, model.newest, model.earlier.query].forEach((query) => query.clear()),
  ];
  return () => stops.forEach((stop) => stop());
}

/** Whether something is being read that must not change meanwhile. */
export function isReading({ open, compare, chart }: View): boolean {
  return open !== null || compare !== null || (chart.heatmap && chart.box !== null);
}
