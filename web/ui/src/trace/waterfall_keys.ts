// The keys of a waterfall: those that mean something in its rows alone, and those that work wherever the focus is while a trace is open.
import { useLayoutEffect, useRef } from "preact/hooks";
import { listenForKeys } from "../base/keyboard";
import { ownPart } from "./own_part";
import type { TraceModel } from "./trace_model";
import { NODE } from "./tree";

const ZOOM_STEP = 0.7;
const PAN_STEP = 0.2;
/** The field that searches in the trace. */
const SEARCH_FIELD = ".trace-search input";

/** For the treegrid: arrows move, w and s zoom, a and d move the time. */
export function useWaterfallKeys(model: TraceModel, page: () => number, onEnter: () => void): (event: KeyboardEvent) => void {
  const keys: Readonly<Record<string, (rows: Element) => void>> = {
    w: () => model.zoom(ZOOM_STEP),
    s: () => model.zoom(1 / ZOOM_STEP),
    a: () => model.pan(-PAN_STEP),
    d: () => model.pan(PAN_STEP),
    "/": (rows) => ownPart(rows, SEARCH_FIELD)?.focus(),
    Enter: () => {
      const node = model.activeNode.peek();
      if (model.tree.peek().kinds[node] === NODE.span) onEnter();
      else if (node >= 0) model.toggle(node);
    },
  };
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = keys[event.key];
    if (key === undefined && !model.move(event.key, page())) return;
    event.preventDefault();
    if (event.currentTarget instanceof Element) key?.(event.currentTarget);
  };
}

/**
 * Capital letters and signs, which no other part of the page uses. They hold as soon as the trace is in the page: an effect after
 * the next frame would lose keys, or give them to the model of the trace before.
 */
export function useTraceKeys(model: TraceModel, copyLink: () => void, isOn: boolean): void {
  const newest = useRef(copyLink);
  newest.current = copyLink;
  useLayoutEffect(
    () => {
      if (!isOn) return;
      return listenForKeys({
        E: () => model.stepError(1),
        n: () => model.stepFound(1),
        N: () => model.stepFound(-1),
        ".": () => model.stepPath(1),
        ",": () => model.stepPath(-1),
        "*": model.flipBelow,
        F: model.fit,
        y: () => newest.current(),
      });
    },
    [model, isOn],
  );
}
