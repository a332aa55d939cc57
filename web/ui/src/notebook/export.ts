// A notebook as a file: JSON to import again, Markdown, or one page of HTML with its data.
import { download, downloadText, fileName } from "../base/download";
import type { Json } from "../base/json";
import { nowNanos, rfc3339 } from "../base/time";
import { askInTurn } from "./ask";
import { cellText } from "./cell_text";
import { type Cell, titleOf } from "./document";
import type { ExportedCell, ExportedNotebook } from "./exported";
import type { NotebookModel } from "./model";
import { questionOf } from "./questions";
import { writeDocument } from "./read_document";
import { tableOf } from "./tables";

export function exportJson(model: NotebookModel): void {
  const document = model.document.peek();
  downloadText(fileName(document.title, "json"), "application/json", `${JSON.stringify(writeDocument(document), null, 2)}\n`);
}

export async function exportMarkdown(model: NotebookModel): Promise<void> {
  const notebook = await exportedNotebook(model);
  const { exportedMarkdown } = await import("./export_markdown");
  downloadText(fileName(notebook.title, "md"), "text/markdown", exportedMarkdown(notebook));
}

/** One archive: a page that names pictures beside it shows them wherever both are put, and no browser gives several files at once unasked. */
export async function exportPictures(model: NotebookModel): Promise<void> {
  const notebook = await exportedNotebook(model);
  const { exportedArchive } = await import("./export_pictures");
  download(fileName(notebook.title, "zip"), await exportedArchive(notebook, model.scope.peek()));
}

export async function exportHtml(model: NotebookModel): Promise<void> {
  const notebook = await exportedNotebook(model);
  const { exportedPage } = await import("./export_html");
  downloadText(fileName(notebook.title, "html"), "text/html", exportedPage(notebook));
}

/** Cells whose answer is not known are asked now. */
async function exportedNotebook(model: NotebookModel): Promise<ExportedNotebook> {
  const { title, about, cells } = model.document.peek();
  const time = timeLine(model);
  return { title, about, time, cells: await Promise.all(cells.map((cell) => exported(model, cell))) };
}

function timeLine(model: NotebookModel): string {
  const { from, to } = model.range.peek();
  const filters = model.filters.peek();
  const scope = filters.length === 0 ? "" : `, where ${filters.join(" && ")}`;
  return `${from} – ${to}${scope}; exported at ${rfc3339(nowNanos())}`;
}

async function exported(model: NotebookModel, cell: Cell): Promise<ExportedCell> {
  const common = { cell, title: titleOf(cell), question: cellText(cell) };
  const known = await answerOf(model, cell);
  if (known === null) return { ...common, answer: null, table: null, problem: null };
  if ("problem" in known) return { ...common, answer: null, table: null, problem: known.problem };
  const { answer } = known;
  const table = tableOf(cell, answer);
  return table.ok ? { ...common, answer, table: table.value, problem: null } : { ...common, answer, table: null, problem: table.failure.message };
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
