// A document from JSON and back: nothing is read that is not understood, so that nothing is lost on the way back.
import { type Json, type Reader, readGiven } from "../base/json";
import { type Result, failure } from "../base/result";
import { REFRESH_CHOICES } from "../base/refresh";
import { CELLS_MAX, type Cell, type NotebookDocument, SCHEMA } from "./document";
import { readCell } from "./read_cell";

/** The document, or what is wrong with it and where. */
export function readDocument(given: unknown): Result<NotebookDocument> {
  return readGiven(given, "notebook", read);
}

/** The same from the text of a file. */
export function parseDocument(text: string): Result<NotebookDocument> {
  try {
    return readDocument(JSON.parse(text));
  } catch (error) {
    return failure("invalid", `this is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function read(reader: Reader): NotebookDocument {
  reader.at("schema").choice([SCHEMA]);
  reader.hasOnly(["schema", "title", "about", "tags", "time", "filters", "cells"]);
  const time = reader.at("time");
  time.hasOnly(["from", "to", "refresh"]);
  const text = (item: Reader) => item.text();
  const cells = reader.at("cells").list(readCell);
  if (cells.length > CELLS_MAX) reader.at("cells").refuse(`a list of at most ${CELLS_MAX} cells: there are ${cells.length}`);
  refuseRepeats(reader, cells);
  return {
    title: reader.at("title").text(),
    about: reader.at("about").optional(text) ?? "",
    tags: reader.at("tags").listOrEmpty(text),
    time: {
      from: time.at("from").text(),
      to: time.at("to").text(),
      refresh: time.at("refresh").optional((refresh) => refresh.choice(REFRESH_CHOICES)) ?? "off",
    },
    filters: reader.at("filters").listOrEmpty(text),
    cells,
  };
}

function refuseRepeats(reader: Reader, cells: readonly Cell[]): void {
  const seen = new Set<string>();
  for (const { id } of cells) {
    if (seen.has(id)) reader.at("cells").refuse(`a list of cells with ids of their own: ${id} is there twice`);
    seen.add(id);
  }
}

/** As the API and files have it. */
export function writeDocument({ title, about, tags, time, filters, cells }: NotebookDocument): Json {
  return { schema: SCHEMA, title, about, tags, time: { ...time }, filters, cells: cells.map(writeCell) };
}

/** The same text for documents that say the same, in whatever order their cells came to hold their fields. */
export function documentText(document: NotebookDocument): string {
  return JSON.stringify(writeDocument(document));
}

type Fields = Readonly<Record<string, Json | undefined>>;

export function writeCell(cell: Cell): { readonly [key: string]: Json } {
  const { id, kind, title, width, height, time, of, pin } = cell;
  const frame: Fields = {
    id,
    kind,
    title,
    width: width === "full" ? null : width,
    height,
    time: time === null ? null : { ...time },
    ignore_filters: cell.ignoreFilters ? true : null,
    of,
    pin: pin === null ? null : { ...pin },
  };
  return present({ ...frame, ...ownFields(cell) });
}

function present(fields: Fields): { readonly [key: string]: Json } {
  const given = Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== null && entry[1] !== undefined);
  return Object.fromEntries(given);
}

function ownFields(cell: Cell): Fields {
  switch (cell.kind) {
    case "markdown":
      return { text: cell.text };
    case "latency": {
      const { rows, filter, by, quantiles, show, slots, thresholds, before, limit, objective } = cell;
      return {
        rows: rows === "spans" ? null : rows,
        filter, by, quantiles, before, limit, objective,
        show: show === "latency" ? null : show,
        slots: slots === "end" ? null : slots,
        thresholds: thresholds.length === 0 ? null : thresholds.map((threshold) => ({ ...threshold })),
      };
    }
    case "heatmap": {
      const { rows, filter, selection } = cell;
      return {
        rows: rows === "spans" ? null : rows,
        filter,
        selection: selection === null ? null : { from: selection.from, to: selection.to, low_ns: selection.lowNs, high_ns: selection.highNs },
      };
    }
    case "series":
      return { query: cell.query, step: cell.step };
    case "traces":
      return { query: cell.query, limit: cell.limit };
    case "sql":
      return { query: cell.query };
    case "compare":
      return { rows: cell.rows, filter: cell.filter, selection: cell.selection, baseline: cell.baseline === null ? null : { ...cell.baseline } };
    case "shares":
      return { rows: cell.rows, filter: cell.filter, by: cell.by, baseline: cell.baseline === null ? null : { ...cell.baseline } };
    case "trace":
      return { trace_id: cell.traceId, span_id: cell.spanId, near: cell.near };
  }
}
