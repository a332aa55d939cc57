// A notebook as Markdown with the pictures of its charts beside it, in one archive.
import { fileName } from "../base/download";
import { LIGHT } from "../base/palette";
import { cellPicture } from "./cell_pictures";
import { isChart } from "./document";
import { exportedMarkdown } from "./export_markdown";
import type { ExportedNotebook } from "./exported";
import type { NotebookScope } from "./questions";
import { type ZipEntry, zipOf } from "./zip";

export async function exportedArchive(notebook: ExportedNotebook, scope: NotebookScope): Promise<Blob> {
  const pictures = new Map<string, ZipEntry>();
  for (const [place, { cell, answer, title }] of notebook.cells.entries()) {
    // On paper and in a repository's page the ground is light.
    const picture = answer !== null && isChart(cell) ? await cellPicture(cell, answer, scope, LIGHT) : null;
    if (picture !== null) pictures.set(cell.id, { name: `${place + 1}-${fileName(title, "png")}`, content: new Uint8Array(await picture.arrayBuffer()) });
  }
  const text = exportedMarkdown(notebook, (id) => pictures.get(id)?.name ?? null);
  return zipOf([{ name: fileName(notebook.title, "md"), content: new TextEncoder().encode(text) }, ...pictures.values()]);
}
