// The explore view: puts its parts on the page and binds the keys that work everywhere on it.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { listenForKeys } from "../base/keyboard";
import { titleOf } from "./default_view";
import { Drawer } from "./drawer";
import { FilterBar } from "./filter_bar";
import { GroupBy } from "./group_by";
import { Help } from "./help";
import { LatencyPanel } from "./latency_panel";
import { type Model, createModel } from "./model";
import { Toolbar } from "./toolbar";

export function Explore() {
  const model = useMemo(createModel, []);
  const help = useSignal(false);
  const { clauses, by, open } = model.view.value;

  useEffect(model.start, []);
  useEffect(() => listenForKeys(shortcuts(model, () => (help.value = true))), []);
  useFocusBack(open !== null);
  useEffect(() => {
    document.title = `${titleOf(clauses, by).heading} · Tailplane`;
  }, [clauses, by]);

  const banner = model.info.state.value.value?.banner ?? null;
  return (
    <div class={`page ${open === null ? "" : "with-drawer"}`}>
      <Toolbar model={model} onHelp={() => (help.value = true)} />
      {banner !== null && (
        <aside class="banner" aria-label="About this data">
          {banner}
        </aside>
      )}
      <main>
        <FilterBar model={model} />
        <GroupBy model={model} />
        <LatencyPanel model={model} />
      </main>
      <Drawer model={model} onClose={() => closeTrace(model)} />
      <Help open={help.value} onClose={() => (help.value = false)} />
    </div>
  );
}

/** The dot last used, or the slowest. */
const TAB_STOP = '.dot-buttons button[tabindex="0"]';

function shortcuts(model: Model, showHelp: () => void): Readonly<Record<string, () => void>> {
  return {
    "?": showHelp,
    "/": () => focusOn('.filter .chip-editor:last-child input[role="combobox"]'),
    d: () => focusOn(TAB_STOP),
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
    Escape: () => closeTrace(model),
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

/** When the drawer closes, by whatever way, the focus that was in it goes to the dot that the trace was opened from. */
function useFocusBack(open: boolean): void {
  const wasOpen = useRef(open);
  useEffect(() => {
    const closed = wasOpen.current && !open;
    wasOpen.current = open;
    if (closed && document.activeElement === document.body) focusOn(`${TAB_STOP}, .points-table`);
  }, [open]);
}
