// What the browser keeps for this page. Some browsers refuse to: then nothing is kept, and nothing fails.

export function recall(key: string): string | null {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, text: string): void {
  try {
    window.localStorage.setItem(key, text);
  } catch {
    // Full, or not allowed: the choice holds until the page is closed.
  }
}
