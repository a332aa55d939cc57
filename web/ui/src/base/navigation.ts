// The page's address as a signal: screens follow it, steps change it, the browser's own Back and Forward do too.
import { signal } from "@preact/signals";

export interface Address {
  /** "" or "?…". */
  readonly search: string;
  /** "" or "#…". */
  readonly hash: string;
}

const current = (): Address => ({ search: window.location.search, hash: window.location.hash });

export const address = signal<Address>(current());

/** Keeps up with Back and Forward until the returned function is called. */
export function followAddress(): () => void {
  const update = () => void (address.value = current());
  window.addEventListener("popstate", update);
  return () => window.removeEventListener("popstate", update);
}

/** Goes to another view of this page. */
export function go(search: string, hash: string, how: "push" | "replace" = "push"): void {
  const url = `${window.location.pathname}${search}${hash}`;
  if (how === "push") window.history.pushState(null, "", url);
  else window.history.replaceState(null, "", url);
  address.value = { search, hash };
}
