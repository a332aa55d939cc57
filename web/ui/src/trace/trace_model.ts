// The state of an open trace and every step a reader can take in it: one object that the waterfall, the search and the panel share.
import { type ReadonlySignal, type Signal, batch, computed, signal } from "@preact/signals";
import type { Span, SpanLink, Trace } from "../api/trace";
import type { Failure, Result } from "../base/result";
import { type Axis, isWhole, panned, within, zoomed } from "./axis";
import { criticalPathOf, onPath, pathOrder } from "./critical_path";
import { canOpen, flip, flipBelow, isOpen, reveal, rowOf, treeMove, visibleNodes } from "./folding";
import { failedSpans, findSpans, step } from "./search";
import { type FetchRelated, createRelated } from "./related";
import { type Addition, type Source, type Sources, combine, extentOf, sourceOf } from "./sources";
import { NODE, buildTree, linkNode, nodeKey, nodeWithKey } from "./tree";

export type FetchLinked = (link: SpanLink, near: string) => Promise<Result<Trace>>;

export interface TraceModelOptions {
  readonly trace: Trace;
  /** Span id of the span to begin with; null is the first. */
  readonly selected: string | null;
  /** Whether only what is on the critical path is shown. */
  readonly pathOnly: ReadonlySignal<boolean>;
  readonly onSelect: (spanId: string) => void;
  readonly fetchLinked: FetchLinked;
  readonly fetchRelated: FetchRelated;
}

/** What became of a link that was opened, beside the trace that came. */
export type LinkState = "loading" | Failure;

export type TraceModel = ReturnType<typeof createTraceModel>;

export function createTraceModel({ trace, selected, pathOnly, onSelect, fetchLinked, fetchRelated }: TraceModelOptions) {
  const additions = signal<readonly Addition[]>([]);
  const shownRows = createRows(trace, pathOnly, additions);
  const state = { trace, ...shownRows, ...createAxis(shownRows.all), ...createSearch(shownRows), linkStates: signal<ReadonlyMap<number, LinkState>>(new Map()) };
  const select = createSelection(state, onSelect);
  const openLink = linkOpener(state, additions, fetchLinked);
  const related = createRelated({ trace, all: state.all, additions, fetchRelated }, select.link);
  const { all, tree, flipped, rows, at, activeNode, shown } = state;
  const toggle = (node: number) => {
    if (!canOpen(tree.peek(), node)) return;
    if (tree.peek().kinds[node] === NODE.link && !isOpen(tree.peek(), node, flipped.peek())) {
      const link = tree.peek().subjects[node]!;
      const target = linkTarget(all.peek(), link);
      if (target !== null) return select.span(target);
      void openLink(link);
    }
    flipped.value = flip(flipped.peek(), nodeKey(tree.peek(), node));
  };
  select.first(selected);
  return {
    ...state,
    ...related,
    select,
    toggle,
    openLink,
    /** Follows a key of the tree; false where it means nothing there. */
    move(key: string, page: number): boolean {
      const move = treeMove(rows.peek(), tree.peek(), flipped.peek(), at.peek(), key, page);
      if (move === null) return false;
      if ("select" in move) select.node(rows.peek()[move.select]!);
      else toggle("open" in move ? move.open : move.close);
      return true;
    },
    /** Opens everything below the row, or closes it. */
    flipBelow: () => {
      if (activeNode.peek() >= 0) flipped.value = flipBelow(tree.peek(), flipped.peek(), activeNode.peek());
    },
    stepFound: (direction: 1 | -1) => goTo(step(state.found.peek(), shown.peek(), direction), select.span),
    stepError: (direction: 1 | -1) => goTo(step(state.failed.peek(), shown.peek(), direction), select.span),
    stepPath: (direction: 1 | -1) => goTo(nextOnPath(state.ordered.peek(), all.peek().spans, shown.peek(), direction), select.span),
    /** The trace that a span is of. */
    sourceOf: (place: number): Source => sourceOf(all.value, place),
  };
}

/** What there is, how it is folded, and which row is chosen. */
function createRows(trace: Trace, pathOnly: ReadonlySignal<boolean>, additions: ReadonlySignal<readonly Addition[]>) {
  const path = criticalPathOf(trace);
  const all = computed(() => combine(trace, additions.value));
  const onlyPath = computed(() => pathOnly.value && path.size > 0);
  const tree = computed(() => buildTree(all.value, onlyPath.value ? onPath(all.value, path) : null));
  const flipped = signal<ReadonlySet<number>>(new Set());
  const rows = computed(() => visibleNodes(tree.value, flipped.value));
  /** Key of the row that keys act upon. */
  const active = signal(0);
  const activeNode = computed(() => nodeWithKey(tree.value, active.value));
  const at = computed(() => rowOf(rows.value, activeNode.value));
  /** Place of the span whose details are shown. */
  const shown = signal(0);
  const span = computed<Span | undefined>(() => all.value.spans[shown.value]);
  return { path, all, onlyPath, tree, flipped, rows, active, activeNode, at, shown, span };
}

type Rows = ReturnType<typeof createRows>;

/** The part of the time that the bars show. */
function createAxis(all: Rows["all"]) {
  const whole = computed<Axis>(() => extentOf(all.value));
  const chosen = signal<Axis | null>(null);
  const axis = computed(() => (chosen.value === null ? whole.value : within(whole.value, chosen.value)));
  return {
    whole,
    axis,
    isFit: computed(() => isWhole(whole.value, axis.value)),
    zoom: (factor: number, anchor = 0.5) => void (chosen.value = zoomed(whole.peek(), axis.peek(), factor, anchor)),
    pan: (part: number) => void (chosen.value = panned(whole.peek(), axis.peek(), part)),
    setAxis: (wanted: Axis) => void (chosen.value = within(whole.peek(), wanted)),
    fit: () => void (chosen.value = null),
  };
}

/** Places that a reader steps through. */
function createSearch({ all, path }: Rows) {
  const query = signal("");
  return {
    query,
    found: computed(() => findSpans(all.value, query.value)),
    failed: computed(() => failedSpans(all.value)),
    ordered: computed(() => pathOrder(all.value, path)),
  };
}

/** Chooses rows; a span that the reader chose is told to the owner of the view. */
function createSelection({ all, tree, flipped, active, shown }: Rows, onSelect: (spanId: string) => void) {
  const choose = (node: number) =>
    batch(() => {
      active.value = nodeKey(tree.peek(), node);
      if (tree.peek().kinds[node] === NODE.span) shown.value = tree.peek().subjects[node]!;
    });
  const chooseRevealed = (node: number) => {
    if (node < 0) return;
    batch(() => {
      flipped.value = reveal(tree.peek(), flipped.peek(), node);
      choose(node);
    });
  };
  const chooseSpan = (place: number) => chooseRevealed(tree.peek().nodes[place] ?? -1);
  const placeOf = (spanId: string | null) => all.peek().spans.findIndex((one) => one.spanId === spanId);
  const tell = () => onSelect(all.peek().spans[shown.peek()]?.spanId ?? "");
  return {
    node(node: number) {
      choose(node);
      if (tree.peek().kinds[node] === NODE.span) tell();
    },
    span(place: number) {
      chooseSpan(place);
      tell();
    },
    /** The row of a link, where it is among what is shown. */
    link: (link: number) => chooseRevealed(linkNode(tree.peek(), link)),
    /** To begin with: the first span where there is none of that id. */
    first: (spanId: string | null) => chooseSpan(Math.max(placeOf(spanId), 0)),
    /** Goes where the owner wants, unless it is there or the id is of another trace. */
    follow(spanId: string | null) {
      const place = placeOf(spanId);
      if (place >= 0 && all.peek().spans[shown.peek()]?.spanId !== spanId) chooseSpan(place);
    },
  };
}

/** The span that a link names, where its trace is in the view by another way; null where the link leads elsewhere. */
export function linkTarget(all: Sources, link: number): number | null {
  const { link: named } = all.links[link]!;
  const source = all.sources.find((one) => one.trace.traceId === named.traceId && one.link !== link);
  if (source === undefined) return null;
  return source.first + Math.max(source.trace.spans.findIndex((span) => span.spanId === named.spanId), 0);
}

function goTo(place: number | null, select: (place: number) => void): void {
  if (place !== null) select(place);
}

/** The span after `at` (or before it) on the path; from a span that is not on it, the one that the path comes to next. */
export function nextOnPath(ordered: readonly number[], spans: readonly Span[], at: number, direction: 1 | -1): number | null {
  const place = ordered.indexOf(at);
  if (place >= 0) return ordered[place + direction] ?? null;
  const offsetNs = spans[at]?.offsetNs ?? 0;
  const starts = (other: number) => spans[other]!.offsetNs;
  if (direction === 1) return ordered.find((other) => starts(other) >= offsetNs) ?? ordered.at(-1) ?? null;
  return ordered.findLast((other) => starts(other) <= offsetNs) ?? ordered[0] ?? null;
}

type Opened = Pick<TraceModel, "all" | "linkStates">;

/** Fetches the trace behind a link, once; a link into a trace that is shown already needs nothing. */
function linkOpener({ all, linkStates }: Opened, additions: Signal<readonly Addition[]>, fetchLinked: FetchLinked) {
  const say = (link: number, state: LinkState | null) => {
    const next = new Map(linkStates.peek());
    if (state === null) next.delete(link);
    else next.set(link, state);
    linkStates.value = next;
  };
  return async (link: number): Promise<void> => {
    const one = all.peek().links[link];
    if (one === undefined || linkStates.peek().get(link) === "loading") return;
    if (all.peek().sources.some(({ trace }) => trace.traceId === one.link.traceId)) return;
    say(link, "loading");
    const answer = await fetchLinked(one.link, all.peek().spans[one.owner]!.start.toString());
    batch(() => {
      say(link, answer.ok ? null : answer.failure);
      if (answer.ok) additions.value = [...additions.peek(), { link, trace: answer.value }];
    });
  };
}
