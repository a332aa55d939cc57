// The state of the notebook screen and every step a reader can take: one object that its components share.
import { batch, computed, effect, signal } from "@preact/signals";
import { type AttributeInfo, type AttributesRequest, fetchAttributes } from "../api/attributes";
import { joinClauses } from "../base/clauses";
import { address, go } from "../base/navigation";
import { createQuery } from "../base/query";
import type { Failure } from "../base/result";
import { applyTheme, followSystemTheme } from "../base/theme";
import { parseSpan } from "../base/time";
import type { Range } from "../explore/view";
import { type NotebookView, readNotebookView, writeNotebookView } from "./address";
import type { CellAnswer } from "./ask";
import { createCellSteps } from "./cell_steps";
import { type NotebookDocument, emptyDocument } from "./document";
import { dropDraft } from "./drafts";
import { setHead } from "./edits";
import { type History, historyOf, redo, step, undo } from "./history";
import { draftIdOf, load } from "./loading";
import { type Kept, NEVER_KEPT, createSaving } from "./saving";
import { createTraceSteps } from "./trace_steps";

export type NotebookModel = ReturnType<typeof createNotebookModel>;

/** A line about what has just happened. */
export interface Notice {
  readonly text: string;
  /** Whether it can be undone. */
  readonly canUndo: boolean;
}

interface LoadState {
  readonly loading: boolean;
  readonly failure: Failure | null;
}

export function createNotebookModel() {
  const view = computed(() => readNotebookView(address.value));
  const history = signal<History>(historyOf(emptyDocument()));
  const kept = signal<Kept>(NEVER_KEPT);
  const loadState = signal<LoadState>({ loading: true, failure: null });
  const notice = signal<Notice | null>(null);
  const tick = signal(0);
  const document = computed(() => history.value.present);
  const range = computed<Range>(() => view.value.range ?? { from: document.value.time.from, to: document.value.time.to });
  const filters = computed(() => view.value.filters ?? document.value.filters);
  const refresh = computed(() => view.value.refresh ?? document.value.time.refresh);
  const scope = computed(() => ({ range: range.value, filters: filters.value }));
  /** The last answer of each cell, for pins and exports. */
  const answers = new Map<string, CellAnswer>();
  /** What is on the screen, as part of the address. */
  let loaded = "";

  const change = (patch: Partial<NotebookView>, how: "push" | "replace" = "push") => {
    const next = writeNotebookView({ ...view.peek(), ...patch });
    go(next.search, next.hash, how);
  };
  const edit = (next: NotebookDocument, words: string | null = null) => {
    const before = history.peek();
    history.value = step(before, next);
    if (words !== null && history.peek() !== before) notice.value = { text: words, canUndo: true };
  };
  const nowAt = (id: string) => {
    loaded = keyOf({ ...view.peek(), id, revision: null, packed: null });
    change({ id, revision: null, packed: null }, "replace");
  };
  const retitle = (title: string) => edit(setHead(document.peek(), { title }));

  const attributes = createQuery<AttributesRequest, readonly AttributeInfo[]>(fetchAttributes);
  const loadAttributes = async () => {
    await attributes.run({ filter: joinClauses(filters.peek()), start: range.peek().from, end: range.peek().to });
    return attributes.state.peek().value;
  };
  const isReady = computed(() => !loadState.value.loading && loadState.value.failure === null);
  const saving = createSaving({ document, kept, view, isReady, nowAt, retitle, draftId: () => draftIdOf(view.peek()) });
  const traces = createTraceSteps(view, change);
  const cells = createCellSteps({ document, filters, edit, change, cellId: traces.cellId, loadAttributes });

  let underWay: AbortController | null = null;
  const open = async () => {
    underWay?.abort();
    const controller = new AbortController();
    underWay = controller;
    loaded = keyOf(view.peek());
    loadState.value = { loading: true, failure: null };
    saving.forgetConflict();
    const result = await load(view.peek(), controller.signal);
    if (underWay !== controller) return;
    batch(() => {
      loadState.value = { loading: false, failure: result.ok ? null : result.failure };
      if (!result.ok) return;
      answers.clear();
      kept.value = result.value.kept;
      history.value = historyOf(result.value.document);
      cells.forget();
      const { draft } = result.value;
      notice.value = draft === null ? null : { text: `Changes of ${new Date(draft.at).toLocaleString()} that were not saved are here`, canUndo: false };
    });
  };

  return {
    ...cells,
    ...traces,
    view, history, kept, loadState, notice, tick, document, range, filters, refresh, scope, answers, attributes, saving,
    change,
    edit,
    open: () => void open(),
    refreshNow: () => void tick.value++,
    undo: () => void (history.value = undo(history.peek())),
    redo: () => void (history.value = redo(history.peek())),
    loadAttributes: () => void loadAttributes(),
    setRange: (next: Range) => change({ range: next }),
    setFilters: (next: readonly string[]) => change({ filters: next }),
    /** Leaves what is only in this browser for what the server has. */
    discardDraft() {
      dropDraft(window.localStorage, draftIdOf(view.peek()));
      void open();
    },
    /** Follows the address and the clock until the returned function is called. */
    start: () => {
      const stops = [
        followSystemTheme(),
        effect(() => applyTheme(view.value.theme)),
        effect(() => {
          if (keyOf(view.value) !== loaded) void open();
        }),
        effect(() => refreshTimer(refresh.value, view.value.open !== null, () => void tick.value++)),
        traces.followTrace(),
        saving.follow(),
        () => underWay?.abort(),
      ];
      return () => stops.forEach((stop) => stop());
    },
  };
}

/** Which document the address names. */
function keyOf({ id, revision, packed }: NotebookView): string {
  return JSON.stringify([id, revision, packed]);
}

/** Asks again at the chosen interval, except while a trace is being read or the page is hidden. */
function refreshTimer(refresh: string, isReading: boolean, ask: () => void): (() => void) | void {
  const interval = parseSpan(refresh);
  if (interval === null || isReading) return;
  const timer = setInterval(() => {
    if (!window.document.hidden) ask();
  }, Number(interval / 1_000_000n));
  return () => clearInterval(timer);
}
