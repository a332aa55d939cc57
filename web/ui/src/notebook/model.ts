// The state of the notebook screen and every step a reader can take: one object that its components share.
import { type ReadonlySignal, batch, computed, effect, signal, untracked } from "@preact/signals";
import { address, go } from "../base/navigation";
import type { Failure } from "../base/result";
import { browserStorage } from "../base/storage";
import { applyTheme, followSystemTheme } from "../base/theme";
import { createClock } from "../explore/clock";
import { type NotebookView, isNotebook, readNotebookView, writeNotebookView } from "./address";
import { createAnswers } from "./answers";
import { awaited } from "./ask";
import { createCellSteps } from "./cell_steps";
import { createDerivedSteps } from "./derived_steps";
import { type NotebookDocument, emptyDocument } from "./document";
import { dropDraft } from "./drafts";
import { setHead } from "./edits";
import { type History, historyOf, redo, step, undo } from "./history";
import { type Loaded, draftIdOf, load } from "./loading";
import { createSaving } from "./saving";
import { type Kept, NEVER_KEPT } from "./saving_state";
import { type ChangeView, createScopeSteps } from "./scope_steps";
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
  const kept = signal<Kept>(NEVER_KEPT);
  const loadState = signal<LoadState>({ loading: true, failure: null });
  const tick = signal(0);
  /** Grows when the reader asks for all cells again. */
  const allRounds = signal(0);
  const edits = createEditing();
  const { history, notice, document, edit, say } = edits;
  const isReady = computed(() => !loadState.value.loading && loadState.value.failure === null);

  const change: ChangeView = (patch, how = "push") => {
    // A step that waited for the server may end after the reader has gone to another screen.
    if (!isNotebook(address.peek())) return;
    const next = writeNotebookView({ ...view.peek(), ...patch });
    go(next.search, next.hash, how);
  };
  const scope = createScopeSteps(view, document, change);
  const answers = createAnswers(scope.scope);
  const clock = createClock({
    refresh: scope.refresh,
    range: scope.range,
    isBusy: computed(() => awaited.value > 0),
    isReading: () => view.peek().open !== null,
    ask: () => void tick.value++,
  });
  const traces = createTraceSteps(view, change);
  const needs = { document, edit, say, cellId: traces.cellId };
  const cells = createCellSteps(needs);
  const derived = createDerivedSteps({ ...needs, filters: scope.filters, loadAttributes: scope.knownAttributes, cells });
  const show = ({ kept: server, document: loaded, draft }: Loaded) => {
    answers.clear();
    derived.forgetParents();
    saving.begin();
    cells.dropTyped();
    traces.forgetOrigin();
    for (const chosen of [cells.adding, cells.focused, cells.editing]) chosen.value = null;
    kept.value = server;
    history.value = historyOf(loaded);
    if (draft === null) notice.value = null;
    else say(`Changes of ${new Date(draft.at).toLocaleString()} that were not saved are here`);
  };
  /** Before another document comes, or another screen. */
  const leave = () => {
    cells.takeTyped();
    saving.keepNow();
  };
  const opening = createOpening(view, loadState, { show, leave });
  const saving = createSaving({
    document, kept, view, isReady,
    nowAt(id) {
      opening.isAt({ ...view.peek(), id, revision: null, packed: null });
      change({ id, revision: null, packed: null }, "replace");
    },
    rebase(change) {
      const edited = () => JSON.stringify(document.peek().cells.find(({ id }) => id === cells.editing.peek()));
      const before = edited();
      edits.rebase(change);
      if (edited() === before) return;
      // Its editor holds what the cell was before.
      cells.dropTyped();
      cells.editing.value = null;
    },
    keepTyped: cells.keepTyped,
    retitle: (title) => edit(setHead(document.peek(), { title })),
    draftId: () => draftIdOf(opening.shown()),
  });

  return {
    ...scope,
    ...cells,
    ...derived,
    ...traces,
    ...edits,
    view, kept, loadState, tick, allRounds, clock, answers, saving, change,
    open: opening.open,
    refreshNow: () => void allRounds.value++,
    /** Leaves what is only in this browser for what the server has. */
    discardDraft() {
      cells.dropTyped();
      dropDraft(browserStorage(), draftIdOf(opening.shown()));
      opening.open();
    },
    /** Follows the address and the clock until the returned function is called. */
    start: () => {
      const stops = [
        followSystemTheme(),
        effect(() => applyTheme(view.value.theme)),
        opening.follow(),
        clock.follow(),
        traces.followTrace(),
        saving.follow(),
      ];
      return () => {
        leave();
        stops.forEach((stop) => stop());
      };
    },
  };
}

/** The document with its history, and the line that says what was done. */
function createEditing() {
  const history = signal<History>(historyOf(emptyDocument()));
  const notice = signal<Notice | null>(null);
  return {
    history,
    notice,
    document: computed(() => history.value.present),
    edit(next: NotebookDocument, words: string | null = null) {
      const before = history.peek();
      history.value = step(before, next);
      if (words !== null && history.peek() !== before) notice.value = { text: words, canUndo: true };
    },
    say: (text: string) => void (notice.value = { text, canUndo: false }),
    rebase(change: (document: NotebookDocument) => NotebookDocument) {
      const { past, present, future } = history.peek();
      history.value = { past: past.map(change), present: change(present), future: future.map(change) };
    },
    undo: () => void (history.value = undo(history.peek())),
    redo: () => void (history.value = redo(history.peek())),
  };
}

interface Screen {
  readonly show: (loaded: Loaded) => void;
  /** What is shown gives way to another document. */
  readonly leave: () => void;
}

/** Brings the document that the address names, whenever it names another. */
function createOpening(view: ReadonlySignal<NotebookView>, state: { value: LoadState }, { show, leave }: Screen) {
  /** The address of what is on the screen, or on its way there. */
  let shown = view.peek();
  let underWay: AbortController | null = null;

  const run = async () => {
    underWay?.abort();
    const controller = new AbortController();
    underWay = controller;
    shown = view.peek();
    state.value = { loading: true, failure: null };
    const result = await load(view.peek(), controller.signal);
    if (underWay !== controller) return;
    batch(() => {
      state.value = { loading: false, failure: result.ok ? null : result.failure };
      if (result.ok) show(result.value);
    });
  };
  return {
    open: () => void run(),
    shown: () => shown,
    /** The address may change to this without anything being fetched. */
    isAt: (now: NotebookView) => void (shown = now),
    follow() {
      void run();
      const stop = effect(() => {
        // On the way to another screen nothing is opened any more.
        if (!isNotebook(address.value) || keyOf(view.value) === keyOf(shown)) return;
        untracked(leave);
        untracked(() => void run());
      });
      return () => {
        stop();
        underWay?.abort();
      };
    },
  };
}

/** Which document the address names. */
function keyOf({ id, revision, packed }: NotebookView): string {
  return JSON.stringify([id, revision, packed]);
}
