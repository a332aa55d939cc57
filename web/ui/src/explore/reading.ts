// Whether the reader is looking at something that another answer would take from under their eyes.

/** Beneath the pointer, which a finger has none of. */
const POINTED = [".chart", ".lines-chart", ".legend", ".data-table", ".points-table"].map((part) => `${part}:hover`).join();
/** Reached by keys. */
const FOCUSED = ".dot-buttons :focus-visible, .heatmap-surface:focus-visible, .data-table :focus-visible";
const OPEN = 'dialog[open], [role="menu"], .dragging';

/** Why refreshing waits, in words. */
export const READ = "something is being read";

export function isBeingRead(): boolean {
  const isThere = (selector: string) => document.querySelector(selector) !== null;
  if (isThere(OPEN) || isThere(FOCUSED)) return true;
  const selection = document.getSelection();
  if (selection !== null && !selection.isCollapsed) return true;
  return window.matchMedia("(hover: hover)").matches && isThere(POINTED);
}
