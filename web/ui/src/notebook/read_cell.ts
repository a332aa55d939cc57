// Reads one cell: each kind with its own fields, everything else refused.
import type { Reader } from "../base/json";
import { OF_WORDS, ROWS, type RowsOf } from "../base/rows";
import { parseSpan } from "../base/time";
import type { Range } from "../explore/view";
import { type Cell, type CellFrame, HEIGHT_MAX, HEIGHT_MIN, KINDS, type CellKind, SHARED, SHOWN, SLOTS, WIDTHS } from "./document";

const FRAME_FIELDS = ["id", "kind", "title", "width", "height", "time", "ignore_filters", "of", "pin"];
const OWN_FIELDS: Readonly<Record<CellKind, readonly string[]>> = {
  markdown: ["text"],
  latency: ["rows", "filter", "by", "quantiles", "show", "slots", "thresholds", "before", "limit", "objective"],
  heatmap: ["rows", "filter", "selection"],
  series: ["query", "step"],
  traces: ["query", "limit"],
  sql: ["query"],
  compare: ["rows", "filter", "selection", "baseline"],
  shares: ["rows", "filter", "by", "baseline"],
  trace: ["trace_id", "span_id", "near"],
};
const SERIES_MAX = 100;
const TRACES_MAX = 1_000;

const text = (reader: Reader) => reader.text();
const texts = (reader: Reader) => reader.listOrEmpty(text);
const filled = (reader: Reader) => reader.textThat((value) => value.trim() !== "", "a text with something in it");

export function readCell(reader: Reader): Cell {
  const kind = reader.at("kind").choice(Object.keys(KINDS) as CellKind[]);
  reader.hasOnly([...FRAME_FIELDS, ...OWN_FIELDS[kind]]);
  return readOwn(reader, kind, readFrame(reader));
}

function readFrame(reader: Reader): CellFrame {
  return {
    id: reader.at("id").textThat((id) => /^[\w-]{1,64}$/.test(id), "an id of letters, digits, _ and -"),
    title: reader.at("title").optional(text),
    width: reader.at("width").optional((width) => width.choice(WIDTHS)) ?? "full",
    height: reader.at("height").optional((height) => height.integer(HEIGHT_MIN, HEIGHT_MAX)),
    time: reader.at("time").optional(readRange),
    ignoreFilters: reader.at("ignore_filters").optional((flag) => flag.boolean()) ?? false,
    of: reader.at("of").optional(text),
    pin: reader.at("pin").optional((pin) => {
      pin.hasOnly(["at", "answer"]);
      return { at: pin.at("at").text(), answer: pin.at("answer").json() };
    }),
  };
}

function readOwn(reader: Reader, kind: CellKind, frame: CellFrame): Cell {
  const filter = () => texts(reader.at("filter"));
  switch (kind) {
    case "markdown":
      return { ...frame, kind, text: reader.at("text").text() };
    case "latency":
      return { ...frame, kind, filter: filter(), ...readLatencyFields(reader, readRows(reader)) };
    case "heatmap":
      return { ...frame, kind, rows: readRows(reader), filter: filter(), selection: reader.at("selection").optional(readSelection) };
    case "series":
      return { ...frame, kind, query: filled(reader.at("query")), step: reader.at("step").optional(readSpan) };
    case "traces":
      return { ...frame, kind, query: filled(reader.at("query")), limit: reader.at("limit").optional((limit) => limit.integer(1, TRACES_MAX)) };
    case "sql":
      return { ...frame, kind, query: filled(reader.at("query")) };
    case "compare":
      return {
        ...frame,
        kind,
        rows: reader.at("rows").choice(ROWS),
        filter: filter(),
        selection: reader.at("selection").optional(filled),
        baseline: reader.at("baseline").optional(readRange),
      };
    case "shares":
      return {
        ...frame,
        kind,
        rows: reader.at("rows").choice(SHARED),
        filter: filter(),
        by: texts(reader.at("by")),
        baseline: reader.at("baseline").optional(readRange),
      };
    case "trace":
      return { ...frame, kind, ...readTraceFields(reader) };
  }
}

function readRows(reader: Reader): RowsOf {
  return reader.at("rows").optional((rows) => rows.choice(ROWS)) ?? "spans";
}

function readLatencyFields(reader: Reader, rows: RowsOf) {
  const quantiles = reader.at("quantiles").optional((list) => list.list(readQuantile)) ?? [];
  return {
    rows,
    by: texts(reader.at("by")),
    quantiles: quantiles.length === 0 ? ["0.5", "0.99"] : [...quantiles].sort((a, b) => Number(a) - Number(b)),
    show: reader.at("show").optional((show) => show.choice(SHOWN)) ?? "latency",
    slots: readSlots(reader.at("slots"), rows),
    thresholds: reader.at("thresholds").listOrEmpty((threshold) => {
      threshold.hasOnly(["ns", "label"]);
      return { ns: threshold.at("ns").integer(1, Number.MAX_SAFE_INTEGER), label: threshold.at("label").text() };
    }),
    before: reader.at("before").optional(readSpan),
    limit: reader.at("limit").optional((limit) => limit.integer(1, SERIES_MAX)),
    objective: reader.at("objective").optional(readPart),
  } as const;
}

/** Rows that are made of spans lie in files by their ends alone. */
function readSlots(reader: Reader, rows: RowsOf) {
  const slots = reader.optional((given) => given.choice(SLOTS)) ?? "end";
  return slots === "end" || rows === "spans" ? slots : reader.refuse(`end: ${OF_WORDS[rows].many} count where they end, only spans where they start too`);
}

function readPart(reader: Reader): number {
  const part = reader.number();
  return part > 0 && part < 1 ? part : reader.refuse("a part between 0 and 1, such as 0.999");
}

function readTraceFields(reader: Reader) {
  return {
    traceId: reader.at("trace_id").textThat((id) => /^[0-9a-f]{32}$/.test(id), "a trace id of 32 hexadecimal digits"),
    spanId: reader.at("span_id").optional((id) => id.textThat((value) => /^[0-9a-f]{16}$/.test(value), "a span id of 16 hexadecimal digits")),
    near: reader.at("near").optional((near) => near.textThat((value) => /^\d{1,19}$/.test(value), "a time in nanoseconds, as text")),
  };
}

function readRange(reader: Reader): Range {
  reader.hasOnly(["from", "to"]);
  return { from: filled(reader.at("from")), to: filled(reader.at("to")) };
}

function readSelection(reader: Reader) {
  reader.hasOnly(["from", "to", "low_ns", "high_ns"]);
  const [from, to] = [filled(reader.at("from")), filled(reader.at("to"))];
  return { from, to, lowNs: reader.at("low_ns").integer(0, Number.MAX_SAFE_INTEGER), highNs: reader.at("high_ns").integer(0, Number.MAX_SAFE_INTEGER) };
}

function readQuantile(reader: Reader): string {
  return reader.textThat((value) => /^(0|1|0?\.\d+)$/.test(value), "a quantile from 0 to 1, as text");
}

function readSpan(reader: Reader): string {
  return reader.textThat((value) => parseSpan(value) !== null, "a length of time such as 24h");
}
