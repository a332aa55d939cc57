// What one cell can be saved as: its table as CSV, the rows of SQL as Arrow, its chart as a picture.
import { askArrow } from "../api/search";
import { download, downloadText, fileName } from "../base/download";
import type { Json } from "../base/json";
import { palette } from "../base/theme";
import type { MenuItem } from "../widgets/menu";
import { type Cell, type ChartCell, type SqlCell, isChart, titleOf } from "./document";
import type { NotebookModel } from "./model";
import { scopeOfCell, sqlText } from "./questions";
import { csvOf, tableOf } from "./tables";

/** `answer` is what the cell shows; null where it has none yet. */
export function fileItems(model: NotebookModel, cell: Cell, answer: Json | null): readonly MenuItem[] {
  if (cell.kind === "markdown") return [];
  const disabled = answer === null;
  const items: MenuItem[] = [{ label: "Download as CSV", disabled, onChoose: () => answer !== null && saveCsv(model, cell, answer) }];
  // A pinned answer is JSON alone: the server would be asked anew.
  if (cell.kind === "sql") items.push({ label: "Download as Arrow", disabled: cell.pin !== null, onChoose: () => void saveArrow(model, cell) });
  if (isChart(cell)) items.push({ label: "Save as PNG", disabled, onChoose: () => answer !== null && void savePicture(model, cell, answer) });
  return items;
}

function saveCsv(model: NotebookModel, cell: Cell, answer: Json): void {
  const table = tableOf(cell, answer);
  if (table.ok) downloadText(fileName(titleOf(cell), "csv"), "text/csv", csvOf(table.value));
  else model.say(`Not saved: ${table.failure.message}`);
}

/** Asked anew, as the answer on the screen is JSON, which has lost the types. */
async function saveArrow(model: NotebookModel, cell: SqlCell): Promise<void> {
  const text = sqlText(cell.query, scopeOfCell(cell, model.scope.peek()).range);
  if (text === null) return model.say("Not saved: the time of this cell is none");
  const rows = await askArrow(text, new AbortController().signal);
  if (rows.ok) download(fileName(titleOf(cell), "arrows"), rows.value);
  else model.say(`Not saved: ${rows.failure.message}`);
}

async function savePicture(model: NotebookModel, cell: ChartCell, answer: Json): Promise<void> {
  const { cellPicture } = await import("./cell_pictures");
  const picture = await cellPicture(cell, answer, model.scope.peek(), palette.peek());
  if (picture === null) model.say("Nothing is drawn in this cell");
  else download(fileName(titleOf(cell), "png"), picture);
}
