// The explore view: puts its parts on the page and binds the keys that work everywhere on it.
import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Trace } from "../api/trace";
import { listenForKeys } from "../base/keyboard";
import { COMPARE_ENTRY } from "./compare_actions";
import { titleOf } from "./default_view";
import { SilentLine } from "../setup/silent_line";
import { Drawer } from "./drawer";
import { FilterBar } from "./filter_bar";
import { GroupBy } from "./group_by";
import type { KeptQuestion } from "./kept_question";
import { LatencyPanel } from "./latency_panel";
import { lazy } from "../widgets/lazy";
import { type Model, createModel } from "./model";
import { Toolbar } from "./toolbar";

const Help = lazy(() => import("./help").then((module) => module.Help), 0);
const SharesPanel = lazy(() => import("./shares_panel").then((module) => module.SharesPanel));
const ComparePanel = lazy(() => import("./compare_panel").then((module) => module.ComparePanel));

interface ExploreProps {
  /** Puts a question into a notebook, which is not this view's to know. */
  readonly AddToNotebook: ComponentType<{ readonly question: KeptQuestion; readonly onClose: () => void }>;
}

export function Explore({ AddToNotebook }: ExploreProps) {
  const model = useMemo(createModel, []);
  const help = useSignal(false);
  const { clauses, by, open, tab, compare, chart } = model.view.value;

  useEffect(model.start, []);
  useEffect(() => listenForKeys(shortcuts(model, () => (help.value = true))), []);
  useFocusBack(model, open !== null);
  useEffect(() => {
    document.title = `${tab === "shares" ? "Where the time goes" : titleOf(clauses, chart.heatmap ? [] : by).heading} · Tailplane`;
  }, [clauses, by, tab, chart.heatmap]);

  const banner = model.info.state.value.value?.banner ?? null;
  return (
    <div class={`page ${open === null ? "" : "with-drawer"}`}>
      <Toolbar model={model} onHelp={() => (help.value = true)} />
      {banner !== null && (
        <aside class="banner" aria-label="About this data">
          {banner}
        </aside>
      )}
      <SilentLine />
      <main>
        <FilterBar model={model} />
        {tab === "latency" && !chart.heatmap && <GroupBy model={model} />}
        {tab === "shares" ? <SharesPanel model={model} /> : <LatencyPanel model={model} />}
        {compare !== null && <ComparePanel model={model} compare={compare} onClose={() => closeComparison(model)} />}
      </main>
      <Drawer
        model={model}
        chart={() => document.querySelector(".chart")}
        onClose={() => closeTrace(model)}
        onKeep={(trace, spanId) => void keepTrace(model, trace, spanId)}
      />
      {model.keeping.value !== null && <AddToNotebook question={model.keeping.value} onClose={() => (model.keeping.value = null)} />}
      {help.value && <Help onClose={() => (help.value = false)} />}
    </div>
  );
}

async function keepTrace(model: Model, trace: Trace, spanId: string | null): Promise<void> {
  const { keptTrace } = await import("./kept_question");
  model.keeping.value = keptTrace(trace, spanId, model.range.peek());
}

/** The dot last used, or the slowest. */
const TAB_STOP = '.dot-buttons button[tabindex="0"]';

function shortcuts(model: Model, showHelp: () => void): Readonly<Record<string, () => void>> {
  return {
    "?": showHelp,
    "/": () => focusOn('.filter .chip-editor:last-child input[role="combobox"]'),
    d: () => focusOn(TAB_STOP),
    h: () => model.changeChart({ heatmap: !model.view.peek().chart.heatmap }),
    t: () => model.change({ table: !model.view.peek().table }, "replace"),
    r: model.refresh,
    z: model.resetZoom,
    "[": () => model.stepExemplar(-1),
    "]": () => model.stepExemplar(1),
    w: () => focusOn('[role="treegrid"]'),
    c: () => {
      if (model.view.peek().open !== null) model.togglePathOnly();
    },
    f: () => {
      if (model.view.peek().open !== null) model.fullPage.value = !model.fullPage.peek();
    },
    s: () => model.change({ tab: model.view.peek().tab === "shares" ? "latency" : "shares" }),
    v: model.compareSlow,
    Escape: () => (model.view.peek().open === null ? closeComparison(model) : closeTrace(model)),
  };
}

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

function closeTrace(model: Model): void {
  if (model.view.peek().open === null) return;
  model.fullPage.value = false;
  model.closeTrace();
}

function closeComparison(model: Model): void {
  if (model.view.peek().compare === null) return;
  model.closeCompare();
  focusOn(COMPARE_ENTRY);
}

/** When the drawer closes, by whatever way, the focus that was in it goes to the dot or the link that the trace was opened from. */
function useFocusBack(model: Model, open: boolean): void {
  const wasOpen = useRef(open);
  useLayoutEffect(() => {
    const closed = wasOpen.current && !open;
    wasOpen.current = open;
    if (!closed || document.activeElement !== document.body) return;
    const origin = model.origin.peek();
    if (origin?.isConnected) origin.focus();
    else focusOn(`${TAB_STOP}, .points-table`);
  }, [open]);
}
