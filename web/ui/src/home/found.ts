// Which notebooks a reader means: every word in the title, the description or a tag.
import type { NotebookEntry } from "../api/notebooks";

export function foundNotebooks(entries: readonly NotebookEntry[], words: string, tag: string | null): readonly NotebookEntry[] {
  const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return entries.filter(({ title, about, tags }) => {
    const text = [title, about, ...tags].join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word)) && (tag === null || tags.includes(tag));
  });
}

export function tagsOf(entries: readonly NotebookEntry[]): readonly string[] {
  return [...new Set(entries.flatMap(({ tags }) => tags))].sort();
}
