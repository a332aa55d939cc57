// Keys: which events are plain shortcuts, and where shortcuts must stay silent.

/** Whether the key goes into a text field or a choice, where a single letter is input and no shortcut. */
function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

/** Listens for single keys on the whole page; returns how to stop. */
export function listenForKeys(handlers: Readonly<Record<string, () => void>>): () => void {
  const listener = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const handler = handlers[event.key];
    if (handler === undefined) return;
    event.preventDefault();
    handler();
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}
