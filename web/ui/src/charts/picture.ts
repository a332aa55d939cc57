// A chart as a picture to keep: upon a ground of its own, with its title, its time and its series, twice as sharp as a plain screen.
import type { Palette } from "../base/palette";

export interface PictureFrame {
  readonly title: string;
  /** Below the title, a line each. */
  readonly notes: readonly string[];
  readonly series: readonly { readonly name: string; readonly colour: string }[];
  /** Of the chart alone, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
}

/** Draws a chart in a context whose origin is its corner and whose unit is one CSS pixel. */
export type DrawChart = (context: CanvasRenderingContext2D) => void;

const RATIO = 2;
const EDGE_PX = 16;
const TITLE_PX = 26;
const NOTE_PX = 18;
const SERIES_PX = 20;
const SWATCH_PX = 10;
/** Between the swatch and the name, and after the name. */
const GAPS_PX = [6, 20] as const;
const TITLE_FONT = "600 16px system-ui, sans-serif";
const FONT = "12px system-ui, sans-serif";

/** Null where this browser draws no pictures. */
export async function pictureOf(frame: PictureFrame, draw: DrawChart): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (context === null) return null;
  context.font = FONT;
  const rows = rowsOf(frame, (text) => context.measureText(text).width);
  const head = EDGE_PX + TITLE_PX + frame.notes.length * NOTE_PX;
  canvas.width = (frame.width + 2 * EDGE_PX) * RATIO;
  canvas.height = (head + frame.height + rows.length * SERIES_PX + 2 * EDGE_PX) * RATIO;
  context.scale(RATIO, RATIO);
  context.fillStyle = frame.palette.surface;
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawHead(context, frame);
  context.save();
  context.translate(EDGE_PX, head);
  draw(context);
  context.restore();
  context.translate(EDGE_PX, head + frame.height + EDGE_PX);
  drawSeries(context, rows, frame.palette);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function drawHead(context: CanvasRenderingContext2D, { title, notes, width, palette }: PictureFrame): void {
  context.textAlign = "left";
  context.textBaseline = "top";
  context.font = TITLE_FONT;
  context.fillStyle = palette.ink;
  const widthOf = (text: string) => context.measureText(text).width;
  context.fillText(cutToWidth(title, width, widthOf), EDGE_PX, EDGE_PX);
  context.font = FONT;
  context.fillStyle = palette.muted;
  notes.forEach((note, index) => context.fillText(cutToWidth(note, width, widthOf), EDGE_PX, EDGE_PX + TITLE_PX + index * NOTE_PX));
}

interface PlacedName {
  readonly name: string;
  readonly colour: string;
  readonly left: number;
}

/** The series side by side, as many as a row has room for. */
export function rowsOf({ series, width }: Pick<PictureFrame, "series" | "width">, widthOf: (text: string) => number): readonly (readonly PlacedName[])[] {
  const rows: PlacedName[][] = [];
  let left = Infinity;
  for (const { name, colour } of series) {
    const shown = cutToWidth(name, width - SWATCH_PX - GAPS_PX[0], widthOf);
    const taken = SWATCH_PX + GAPS_PX[0] + widthOf(shown);
    if (left + taken > width) {
      rows.push([]);
      left = 0;
    }
    rows.at(-1)?.push({ name: shown, colour, left });
    left += taken + GAPS_PX[1];
  }
  return rows;
}

function drawSeries(context: CanvasRenderingContext2D, rows: readonly (readonly PlacedName[])[], palette: Palette): void {
  context.textBaseline = "middle";
  rows.forEach((row, index) => {
    const middle = (index + 0.5) * SERIES_PX;
    for (const { name, colour, left } of row) {
      context.fillStyle = colour;
      context.fillRect(left, middle - SWATCH_PX / 2, SWATCH_PX, SWATCH_PX);
      context.fillStyle = palette.ink;
      context.fillText(name, left + SWATCH_PX + GAPS_PX[0], middle);
    }
  });
}

/** With … at its end where there is no room for all of it. */
export function cutToWidth(text: string, width: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= width) return text;
  let [fits, tooLong] = [0, text.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (widthOf(`${text.slice(0, middle)}…`) <= width) fits = middle;
    else tooLong = middle;
  }
  return `${text.slice(0, fits)}…`;
}
