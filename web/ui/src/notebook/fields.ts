// The fields of each kind of cell as an editor shows them: a text each, read back by the document's own reader.
import { conjunction, splitFilter } from "../base/clauses";
import { type Json, type Reader, readGiven } from "../base/json";
import type { Result } from "../base/result";
import { ROWS } from "../base/rows";
import { exactSpan, parseSpan } from "../base/time";
import type { Cell, CellKind } from "./document";
import { readCell } from "./read_cell";
import { writeCell } from "./read_document";

export interface Field {
  /** As the document has it; two of a pair are joined by a dot. */
  readonly key: string;
  readonly label: string;
  readonly hint: string;
  readonly form: "line" | "area" | "choice" | "flag";
  readonly choices?: readonly string[];
  readonly toText: (value: Json | undefined) => string;
  /** Undefined leaves the field out. */
  readonly fromText: (text: string) => Json | undefined;
}

const asText = (value: Json | undefined) => (value === undefined || value === null ? "" : String(value));
const orNothing = (text: string) => (text.trim() === "" ? undefined : text.trim());
const asNumber = (text: string) => (text.trim() === "" ? undefined : Number(text));
const list = (value: Json | undefined) => (Array.isArray(value) ? (value as readonly Json[]) : []);

function line(key: string, label: string, hint: string): Field {
  return { key, label, hint, form: "line", toText: asText, fromText: orNothing };
}

function number(key: string, label: string, hint: string): Field {
  return { key, label, hint, form: "line", toText: asText, fromText: asNumber };
}

function choice(key: string, label: string, choices: readonly string[]): Field {
  return { key, label, hint: "", form: "choice", choices, toText: (value) => (value === undefined ? (choices[0] ?? "") : asText(value)), fromText: orNothing };
}

function area(key: string, label: string, hint: string): Field {
  return { key, label, hint, form: "area", toText: asText, fromText: (text) => text };
}

const FILTER: Field = {
  key: "filter",
  label: "where",
  hint: "TraceQL conditions joined by &&, beside the notebook’s own",
  form: "area",
  toText: (value) => conjunction(list(value).map(asText), "\n&& "),
  fromText: (text) => splitFilter(text),
};

function names(key: string, label: string, hint: string): Field {
  return {
    key,
    label,
    hint,
    form: "line",
    toText: (value) => list(value).map(asText).join(", "),
    fromText: (text) => text.split(",").map((name) => name.trim()).filter((name) => name !== ""),
  };
}

const THRESHOLDS: Field = {
  key: "thresholds",
  label: "limits",
  hint: "one a line: 1s objective",
  form: "area",
  toText: (value) =>
    list(value)
      .map((item) => item as { readonly ns: number; readonly label: string })
      .map(({ ns, label }) => limitLine(exactSpan(BigInt(ns)), label.replace(/\s+/g, " ").trim()))
      .join("\n"),
  fromText(text) {
    const lines = text.split("\n").filter((item) => item.trim() !== "");
    return lines.length === 0 ? undefined : lines.map(thresholdOf);
  },
};

/** A limit without a name of its own is called by its length. */
function limitLine(time: string, label: string): string {
  return label === "" || label === time ? time : `${time} ${label}`;
}

/** A length of time that is none is left to the reader, which says so. */
function thresholdOf(text: string): Json {
  const [, time = "", label = ""] = /^\s*(\S+)\s*(.*)$/.exec(text) ?? [];
  const span = parseSpan(time.replace("µs", "us"));
  return { ns: span === null ? time : Number(span), label: label === "" ? time : label.trim() };
}

/** Two times, of which none or both are given. */
function range(key: string, label: string, hint: string): Field {
  return {
    key,
    label,
    hint: `${hint}; from and to, such as now-2h to now-1h`,
    form: "line",
    toText(value) {
      const ends = value as { readonly from: string; readonly to: string } | undefined | null;
      return ends == null ? "" : `${ends.from} to ${ends.to}`;
    },
    fromText(text) {
      if (text.trim() === "") return undefined;
      const [from = "", to = ""] = text.trim().split(/\s+to\s+/);
      return { from, to };
    },
  };
}

const OF = choice("rows", "of", ROWS);

const OWN: Readonly<Record<CellKind, readonly Field[]>> = {
  markdown: [area("text", "text", "Markdown; no pictures from elsewhere, no HTML")],
  latency: [
    OF,
    FILTER,
    names("by", "by", "attributes, parted by commas"),
    names("quantiles", "quantiles", "such as 0.5, 0.99"),
    choice("show", "show", ["latency", "rate", "errors"]),
    line("before", "beside", "the same so much earlier, such as 24h"),
    THRESHOLDS,
    number("objective", "objective", "of errors: the part that shall succeed, such as 0.999; they are shown as multiples of what it allows"),
    number("limit", "series", "the most series, 8 if empty"),
    choice("slots", "slots by", ["end", "start"]),
  ],
  heatmap: [OF, FILTER],
  series: [area("query", "query", "TraceQL metrics, such as { kind = server } | rate() by(name)"), line("step", "step", "such as 1m; empty for some sixty slots")],
  traces: [area("query", "query", "TraceQL"), number("limit", "traces", "the most traces, 20 if empty")],
  sql: [area("query", "query", "$from and $to are the ends of the time in nanoseconds")],
  compare: [
    OF,
    FILTER,
    line("selection", "selected", "a TraceQL condition; empty for those slower than p99"),
    range("baseline", "with", "another time instead of the rest"),
  ],
  shares: [choice("rows", "of", ["requests", "pod_starts"]), FILTER, names("by", "by", "a column, such as k8s_verb"), range("baseline", "beside", "another time")],
  trace: [line("trace_id", "trace id", "32 hexadecimal digits"), line("span_id", "span id", "16 hexadecimal digits, or empty"), line("near", "near", "a time in nanoseconds, or empty")],
};

const FRAME: readonly Field[] = [
  choice("width", "width", ["full", "half"]),
  number("height", "height", "pixels, from 40 to 2,000"),
  range("time", "time", "instead of the notebook’s"),
  {
    key: "ignore_filters",
    label: "without the notebook’s filters",
    hint: "",
    form: "flag",
    toText: (value) => (value === true ? "yes" : ""),
    fromText: (text) => (text === "yes" ? true : undefined),
  },
];

export function fieldsOf(kind: CellKind): { readonly own: readonly Field[]; readonly frame: readonly Field[] } {
  const title = line("title", "title", "");
  return kind === "markdown" ? { own: OWN.markdown, frame: [title, ...FRAME.slice(0, 2)] } : { own: [title, ...OWN[kind]], frame: FRAME };
}

export type Texts = Readonly<Record<string, string>>;

export function textsOf(cell: Cell): Texts {
  const written = writeCell(cell);
  const { own, frame } = fieldsOf(cell.kind);
  return Object.fromEntries([...own, ...frame].map((field) => [field.key, field.toText(written[field.key])]));
}

/** The cell with what was typed, or what is wrong with it. */
export function cellFrom(cell: Cell, texts: Texts): Result<Cell> {
  const { own, frame } = fieldsOf(cell.kind);
  const typed = [...own, ...frame].map((field) => [field.key, field.fromText(texts[field.key] ?? "")] as const);
  const written = { ...writeCell(cell), ...Object.fromEntries(typed) };
  return readGiven(written, "cell", (reader: Reader) => readCell(reader));
}
