// A notebook in Markdown: its texts as they are written, everything that came from elsewhere as text that says just that.
import { visibleText } from "../base/foreign_text";
import { type ExportedCell, type ExportedNotebook, ROWS_MAX } from "./exported";
import type { Table, Value } from "./tables";

/** `pictureOf` gives the name of the file beside it that has the chart of a cell, by the cell's id. */
export function exportedMarkdown({ title, about, time, cells }: ExportedNotebook, pictureOf: (id: string) => string | null = () => null): string {
  const parts = [`# ${plain(title)}`, plain(about), plain(time), ...cells.map((cell) => cellMarkdown(cell, pictureOf(cell.cell.id)))];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function cellMarkdown({ cell, title, question, table, problem }: ExportedCell, picture: string | null): string {
  if (cell.kind === "markdown") return [cell.title === null ? "" : `## ${plain(title)}`, cell.text].filter((part) => part !== "").join("\n\n");
  const pinned = cell.pin === null ? "" : `Pinned at ${plain(cell.pin.at)}.`;
  const body = table === null ? (problem === null ? "" : `No answer: ${plain(problem)}`) : tableMarkdown(table);
  const shown = picture === null ? [body] : [`![${plain(title)}](${picture})`, "<details><summary>The figures</summary>", body, "</details>"];
  return [`## ${plain(title)}`, fenced(question), pinned, ...shown].filter((part) => part !== "").join("\n\n");
}

/** On one line, without any mark that would make it more than text: no HTML, link, picture, code or cell. */
function plain(text: string): string {
  return visibleText(text).replace(/\s+/g, " ").replace(/[\\`*_[\]<>|~&#]/g, "\\$&");
}

/** Between fences longer than any within. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${visibleText(text)}\n${fence}`;
}

function tableMarkdown({ columns, rows }: Table): string {
  const text = (value: Value) => (value === null ? "" : typeof value === "number" ? String(value) : plain(value));
  const row = (values: readonly Value[]) => `| ${values.map(text).join(" | ")} |`;
  const head = [row(columns.map(({ name }) => name)), `|${columns.map(({ isNumber }) => (isNumber ? " ---: |" : " --- |")).join("")}`];
  const left = rows.length - ROWS_MAX;
  return [...head, ...rows.slice(0, ROWS_MAX).map(row)].join("\n") + (left > 0 ? `\n\n${left} more rows.` : "");
}
