// What one cell can be saved as: its table as CSV, rows of SQL and of spans over time as Arrow and Parquet, its chart as a picture.
import { FILE_KINDS, type FileKind, latencyFile, sqlFile } from "../api/files";
import { download, downloadText, fileName } from "../base/download";
import type { Json } from "../base/json";
import { type Result, failure } from "../base/result";
import { palette } from "../base/theme";
import type { MenuItem } from "../widgets/menu";
import { type Cell, type ChartCell, type HeatmapCell, type LatencyCell, type SqlCell, isChart, titleOf } from "./document";
import type { NotebookModel } from "./model";
import { latencyRequestOf, scopeOfCell, sqlText } from "./questions";
import { csvOf, tableOf } from "./tables";

/** `answer` is what the cell shows; null where it has none yet. */
export function fileItems(model: NotebookModel, cell: Cell, answer: Json | null): readonly MenuItem[] {
  if (cell.kind === "markdown") return [];
  const disabled = answer === null;
  const items: MenuItem[] = [{ label: "Download as CSV", disabled, onChoose: () => answer !== null && saveCsv(model, cell, answer) }];
  if (isTyped(cell)) items.push(...FILE_KINDS.map((kind) => typedItem(model, cell, kind)));
  if (isChart(cell)) items.push({ label: "Save as PNG", disabled, onChoose: () => answer !== null && void savePicture(model, cell, answer) });
  return items;
}

/** A cell whose answer the server also gives as columns with types. */
type TypedCell = SqlCell | LatencyCell | HeatmapCell;

function isTyped(cell: Cell): cell is TypedCell {
  return cell.kind === "sql" || cell.kind === "latency" || cell.kind === "heatmap";
}

/** A pinned answer is JSON alone: the server would be asked anew. */
function typedItem(model: NotebookModel, cell: TypedCell, kind: FileKind): MenuItem {
  return { label: `Download as ${kind.name}`, disabled: cell.pin !== null, onChoose: () => void saveTyped(model, cell, kind) };
}

function saveCsv(model: NotebookModel, cell: Cell, answer: Json): void {
  const table = tableOf(cell, answer);
  if (table.ok) downloadText(fileName(titleOf(cell), "csv"), "text/csv", csvOf(table.value));
  else model.say(`Not saved: ${table.failure.message}`);
}

/** Asked anew, as the answer on the screen is JSON, which has lost the types. */
async function saveTyped(model: NotebookModel, cell: TypedCell, kind: FileKind): Promise<void> {
  const file = await typedFile(model, cell, kind);
  if (file.ok) download(fileName(titleOf(cell), kind.ending), file.value);
  else model.say(`Not saved: ${file.failure.message}`);
}

async function typedFile(model: NotebookModel, cell: TypedCell, kind: FileKind): Promise<Result<Blob>> {
  const scope = model.scope.peek();
  const never = new AbortController().signal;
  if (cell.kind === "sql") {
    const text = sqlText(cell.query, scopeOfCell(cell, scope).range);
    return text === null ? failure("invalid", "the time of this cell is none") : sqlFile(text, kind, never);
  }
  const request = latencyRequestOf(cell, scope);
  if (request === null) return failure("invalid", "its result is pinned");
  // Rows are series and slots: cells of a heatmap and shares above a threshold have no place in them.
  const { above: _above, ...rows } = request;
  return latencyFile({ ...rows, heatmap: false }, kind, never);
}

async function savePicture(model: NotebookModel, cell: ChartCell, answer: Json): Promise<void> {
  const { cellPicture } = await import("./cell_pictures");
  const picture = await cellPicture(cell, answer, model.scope.peek(), palette.peek());
  if (picture === null) model.say("Nothing is drawn in this cell");
  else download(fileName(titleOf(cell), "png"), picture);
}
