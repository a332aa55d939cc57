// What the browser keeps for this page. Some browsers refuse to: then nothing is kept, and nothing fails.

/** Null where the browser does not let this page keep anything: naming the storage is refused already. */
export function browserStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export function recall(key: string): string | null {
  return browserStorage()?.getItem(key) ?? null;
}

export function remember(key: string, text: string): void {
  try {
    browserStorage()?.setItem(key, text);
  } catch {
    // Full, or not allowed: the choice holds until the page is closed.
  }
}
