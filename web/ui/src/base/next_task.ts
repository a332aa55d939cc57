// Goes on in a task of its own, so that the browser answers its reader in between: a phone is held up by work that a desk does not notice.

export function nextTask(): Promise<void> {
  return new Promise((goOn) => setTimeout(goOn));
}
