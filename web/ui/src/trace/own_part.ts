// Finds a part of the trace that an element belongs to: a notebook shows several traces on one page.

const SHOWN = ".drawer, .trace-cell";

export function ownPart(element: Element, selector: string): HTMLElement | null {
  return element.closest(SHOWN)?.querySelector<HTMLElement>(selector) ?? null;
}
