// Whether times are shown and typed in the browser's zone or in UTC: a choice of the reader, kept by the browser.
import { signal } from "@preact/signals";
import { recall, remember } from "./storage";

export type Zone = "local" | "utc";

const KEY = "tailplane.zone";

export const zone = signal<Zone>(recall(KEY) === "utc" ? "utc" : "local");

export function chooseZone(choice: Zone): void {
  zone.value = choice;
  remember(KEY, choice);
}

/** Minutes that the clocks of the zone are ahead of UTC at a time in Unix milliseconds. */
export function minutesAhead(milliseconds: number): number {
  return zone.value === "utc" ? 0 : -new Date(milliseconds).getTimezoneOffset();
}

/** "UTC", or the name of the browser's zone. */
export function zoneName(): string {
  return zone.value === "utc" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
}
