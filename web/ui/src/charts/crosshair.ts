// The time that the pointer is at, shared by all charts of the page, so that one time is seen in each of them.
import { signal } from "@preact/signals";

export interface Crosshair {
  /** Seconds since the epoch. */
  readonly seconds: number;
  /** The chart that the pointer is in, which draws its own. */
  readonly source: object;
}

export const crosshair = signal<Crosshair | null>(null);

export function pointAt(seconds: number, source: object): void {
  crosshair.value = { seconds, source };
}

export function leave(source: object): void {
  if (crosshair.peek()?.source === source) crosshair.value = null;
}
