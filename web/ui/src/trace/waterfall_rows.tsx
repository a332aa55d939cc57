// The rows in view and a few around them.
import type { ReadonlySignal } from "@preact/signals";
import { useComputed } from "@preact/signals";
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { palette } from "../base/theme";
import { ROW_PX } from "./bars";
import { rowContent } from "./row_content";
import type { TraceModel } from "./trace_model";
import { WaterfallRow } from "./waterfall_row";

/** Rows rendered beyond the visible part, so that scrolling shows no holes. */
const OVERSCAN_ROWS = 8;
/** The first row moves by so many at once: a slow scroll renders once in a while instead of each frame. */
const CHUNK_ROWS = 8;

interface WaterfallRowsProps {
  readonly id: string;
  readonly model: TraceModel;
  readonly top: ReadonlySignal<number>;
  readonly height: number;
}

export function WaterfallRows({ id, model, top, height }: WaterfallRowsProps) {
  const scrolledTo = useComputed(() => Math.floor(top.value / ROW_PX / CHUNK_ROWS) * CHUNK_ROWS - OVERSCAN_ROWS).value;
  const rows = model.rows.value;
  const [active, found, states] = [model.activeNode.value, model.found.value, model.linkStates.value];
  // A row that says the same as before is the same object, which Preact does not look into.
  const kept = useMemo(() => new Map<number, VNode>(), [model, rows, model.tree.value, found, states, model.flipped.value, palette.value]);
  const slots = Math.ceil(height / ROW_PX) + 2 * OVERSCAN_ROWS + CHUNK_ROWS;
  // Rows that fold are gone a frame before the scroller hears that it has moved.
  const first = Math.max(Math.min(scrolledTo, rows.length - slots), 0);
  const last = Math.min(first + slots, rows.length);
  const shown: VNode[] = new Array<VNode>(last - first);
  for (let index = first; index < last; index++) {
    const node = rows[index]!;
    const key = node * 2 + (node === active ? 1 : 0);
    let row = kept.get(key);
    if (row === undefined) {
      // A row that scrolled out gives its elements to one that scrolls in.
      row = <WaterfallRow key={index % slots} id={`${id}-${node}`} content={rowContent(model, node)} index={index} selected={node === active} model={model} />;
      kept.set(key, row);
    }
    shown[index - first] = row;
  }
  return (
    <div class="waterfall-space" role="rowgroup" style={{ height: `${rows.length * ROW_PX}px` }}>
      {shown}
    </div>
  );
}
