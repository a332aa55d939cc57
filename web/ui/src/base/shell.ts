// Commands for a shell: words quoted so that nothing in a value is taken for more than text.

/** A word as POSIX shells read it back. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function shellCommand(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}
