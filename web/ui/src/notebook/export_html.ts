// One page of HTML with everything in it and no script: texts, lines in SVG, tables.
import { LIGHT } from "../base/palette";
import { visibleText } from "../base/foreign_text";
import { parseTime } from "../base/time";
import { type ExportedCell, type ExportedNotebook, ROWS_MAX } from "./exported";
import { htmlText } from "./html_text";
import { type Line, drawLines, formatValue } from "./lines";
import { markdownText } from "./markdown";
import type { Table, Value } from "./tables";

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#1b1f24}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:2px 8px;border-bottom:1px solid #dfe3e8;text-align:left;overflow-wrap:anywhere}
.n{text-align:right;white-space:nowrap}pre{background:#f6f7f8;padding:8px;white-space:pre-wrap;overflow-wrap:anywhere}.m{color:#5c6570}
section{margin:2em 0;overflow-x:auto}svg text{font:11px system-ui,sans-serif;fill:#5c6570}path{fill:none;stroke-width:1.5;stroke-linecap:round}line{stroke:#dfe3e8}`;

export function exportedPage({ title, about, time, cells }: ExportedNotebook): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${htmlText(title)}</title><style>${STYLE}</style></head>
<body><h1>${htmlText(title)}</h1>${about === "" ? "" : `<p>${htmlText(about)}</p>`}<p class="m">${htmlText(time)}</p>
${cells.map(cellHtml).join("\n")}
</body></html>
`;
}

function cellHtml({ cell, title, question, table, problem }: ExportedCell): string {
  if (cell.kind === "markdown") return `<section>${cell.title === null ? "" : `<h2>${htmlText(title)}</h2>`}${markdownText(cell.text)}</section>`;
  const pinned = cell.pin === null ? "" : `<p class="m">Pinned at ${htmlText(cell.pin.at)}.</p>`;
  const body = table === null ? `<p class="m">${htmlText(problem === null ? "No answer." : `No answer: ${problem}`)}</p>` : answerHtml(table);
  return `<section><h2>${htmlText(title)}</h2><pre>${htmlText(question)}</pre>${pinned}${body}</section>`;
}

function answerHtml(table: Table): string {
  const lines = linesOf(table);
  const left = table.rows.length - ROWS_MAX;
  const body = tableHtml(table);
  if (lines.length === 0) return left > 0 ? `${body}<p class="m">${left} more rows.</p>` : body;
  return `${svgOf(lines)}<details><summary>The figures</summary>${body}${left > 0 ? `<p class="m">${left} more rows.</p>` : ""}</details>`;
}

function tableHtml({ columns, rows }: Table): string {
  const kind = (column: number) => (columns[column]?.isNumber ? ' class="n"' : "");
  const cell = (tag: string, value: Value, column: number) => `<${tag}${kind(column)}>${htmlText(value === null ? "" : visibleText(String(value)))}</${tag}>`;
  const head = columns.map(({ name }, column) => cell("th", name, column)).join("");
  const body = rows.slice(0, ROWS_MAX).map((row) => `<tr>${row.map((value, column) => cell("td", value, column)).join("")}</tr>`);
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

/** Tables of slots and series are lines of their last column; other tables have none. */
function linesOf({ columns, rows }: Table): readonly Line[] {
  if (columns[0]?.name !== "slot" || columns[1]?.name !== "series") return [];
  const value = columns.length - 1;
  const lines = new Map<string, { t: bigint; value: number }[]>();
  for (const row of rows) {
    const [t, name, figure] = [parseTime(String(row[0]), 0n), String(row[1]), row[value]];
    if (t === null || typeof figure !== "number") continue;
    lines.set(name, [...(lines.get(name) ?? []), { t, value: figure }]);
  }
  return [...lines].map(([name, points]) => ({ name, points }));
}

const SIZE = { width: 960, height: 280 };

function svgOf(lines: readonly Line[]): string {
  const { paths, yTicks, plot } = drawLines(lines, SIZE);
  const colour = (index: number) => LIGHT.series[index % LIGHT.series.length] ?? LIGHT.rest;
  const axis = yTicks.map(
    ({ at, value }) =>
      `<line x1="${plot.left}" x2="${plot.right}" y1="${at}" y2="${at}"/><text x="${plot.left - 6}" y="${at + 4}" text-anchor="end">${htmlText(formatValue(value))}</text>`,
  );
  const drawn = paths.map((path, index) => `<path d="${path}" stroke="${colour(index)}"/>`);
  const names = lines.map(({ name }, index) => `<li><span style="color:${colour(index)}">■</span> ${htmlText(visibleText(name))}</li>`);
  return `<svg width="${SIZE.width}" height="${SIZE.height}" role="img" aria-label="Lines over time; the table has the figures">${axis.join("")}${drawn.join("")}</svg><ul>${names.join("")}</ul>`;
}
