// Which notebooks a reader means: every word in the title, the description or a tag. Those to begin with come first.
import type { NotebookEntry } from "../api/notebooks";

export function foundNotebooks(entries: readonly NotebookEntry[], words: string, tag: string | null): readonly NotebookEntry[] {
  const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const found = entries.filter(({ title, about, tags }) => {
    const text = [title, about, ...tags].join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word)) && (tag === null || tags.includes(tag));
  });
  return [...found.filter(isFirst), ...found.filter((entry) => !isFirst(entry))];
}

/** What a reader who does not know where to begin is led to. */
function isFirst({ isBuiltIn, tags }: NotebookEntry): boolean {
  return isBuiltIn && tags.includes("home");
}

export function tagsOf(entries: readonly NotebookEntry[]): readonly string[] {
  return [...new Set(entries.flatMap(({ tags }) => tags))].sort();
}
