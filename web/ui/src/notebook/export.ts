// A notebook as a file: JSON to import again, Markdown, or one page of HTML with its data.
import type { Json } from "../base/json";
import { nowNanos, rfc3339 } from "../base/time";
import { askInTurn } from "./ask";
import { cellText } from "./cell_text";
import { type Cell, titleOf } from "./document";
import { download, fileName } from "./download";
import type { ExportedCell } from "./exported";
import type { NotebookModel } from "./model";
import { questionOf } from "./questions";
import { writeDocument } from "./read_document";
import { tableOf } from "./tables";

export function exportJson(model: NotebookModel): void {
  const document = model.document.peek();
  download(fileName(document.title, "json"), "application/json", `${JSON.stringify(writeDocument(document), null, 2)}\n`);
}

export async function exportMarkdown(model: NotebookModel): Promise<void> {
  const { title, about } = model.document.peek();
  const time = timeLine(model);
  const cells = await exportedCells(model);
  const { exportedMarkdown } = await import("./export_markdown");
  download(fileName(title, "md"), "text/markdown", exportedMarkdown({ title, about, time, cells }));
}

export async function exportHtml(model: NotebookModel): Promise<void> {
  const { title, about } = model.document.peek();
  const time = timeLine(model);
  const cells = await exportedCells(model);
  const { exportedPage } = await import("./export_html");
  download(fileName(title, "html"), "text/html", exportedPage({ title, about, time, cells }));
}

function timeLine(model: NotebookModel): string {
  const { from, to } = model.range.peek();
  const filters = model.filters.peek();
  const scope = filters.length === 0 ? "" : `, where ${filters.join(" && ")}`;
  return `${from} – ${to}${scope}; exported at ${rfc3339(nowNanos())}`;
}

/** Cells whose answer is not known are asked now. */
async function exportedCells(model: NotebookModel): Promise<readonly ExportedCell[]> {
  const { cells } = model.document.peek();
  return Promise.all(cells.map((cell) => exported(model, cell)));
}

async function exported(model: NotebookModel, cell: Cell): Promise<ExportedCell> {
  const common = { cell, title: titleOf(cell), question: cellText(cell) };
  const answer = await answerOf(model, cell);
  if (answer === null) return { ...common, table: null, problem: null };
  if (typeof answer === "object" && "problem" in answer) return { ...common, table: null, problem: answer.problem };
  const table = tableOf(cell, answer.answer);
  return table.ok ? { ...common, table: table.value, problem: null } : { ...common, table: null, problem: table.failure.message };
}

async function answerOf(model: NotebookModel, cell: Cell): Promise<{ readonly answer: Json } | { readonly problem: string } | null> {
  if (cell.pin !== null) return cell.pin;
  const known = model.answers.of(cell);
  if (known !== null) return known;
  const question = questionOf(cell, model.scope.peek());
  if (question === null) return null;
  const asked = await askInTurn(question, new AbortController().signal);
  return asked.ok ? asked.value : { problem: asked.failure.message };
}
