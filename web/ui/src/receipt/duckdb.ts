// The figures of a receipt from the table's files, by DuckDB: the same rows, the same slots, the same ranks.
import type { CompareRequest } from "../api/compare";
import type { LatencyRequest } from "../api/latency";
import { splitFilter } from "../base/clauses";
import { quantileLabel } from "../base/format";
import type { RowsOf } from "../base/rows";
import { parseTime } from "../base/time";
import { endSql, sqlFilter } from "../question/sql";
import { type Translated, groupSql } from "../question/sql_clause";
import type { Subject } from "./subject";

interface Table {
  readonly folder: string;
  /** Columns that its rows have under other names than spans, as they are called in `spans`. */
  readonly renamed: readonly string[];
}

const STATUS = "CASE WHEN is_error THEN 2 ELSE 0 END AS status_code";
const TABLES: Readonly<Record<RowsOf, Table>> = {
  spans: { folder: "spans", renamed: [] },
  requests: { folder: "derived/requests", renamed: [STATUS, "2 AS kind", "instance AS resource_service_instance_id"] },
  pod_starts: { folder: "derived/pod_starts", renamed: [STATUS, "node AS resource_host_name"] },
};

/** The rows of a table with the time that decides their slot, `t`. */
function rowsWith(time: string, of: RowsOf): string {
  const { folder, renamed } = TABLES[of];
  return `(SELECT ${["*", ...renamed, `${time} AS t`].join(", ")} FROM delta_scan('tailplane-data/${folder}'))`;
}

/** Null where there is nothing to say, as for SQL that reads the same tables already. */
export function duckDbSql(subject: Subject): Translated | null {
  switch (subject.kind) {
    case "latency":
      return latencySql(subject.request, subject.answer);
    case "compare":
      return subject.request.of === "spans" ? compareSql(subject.request) : DERIVED;
    case "shares":
      return DERIVED;
    case "query":
      return null;
  }
}

const DERIVED: Translated = {
  ok: false,
  why: "Rows of requests and pod starts are in tailplane-data/derived, with a column for each phase (docs/formats.md); a question to them by bands has no short form.",
};

interface Slots {
  readonly start: bigint;
  readonly end: bigint;
  readonly stepNs: number;
}

function latencySql({ of = "spans", filter, by, quantiles, slots }: LatencyRequest, { start, end, stepNs }: Slots): Translated {
  const groups = by.map((name) => ({ name, sql: groupSql(name) }));
  const missing = groups.find(({ sql }) => sql === null);
  if (missing !== undefined) return { ok: false, why: `No column holds ${missing.name}, by which the figures are grouped.` };
  const told = conditions(filter);
  if (!told.ok) return told;
  const step = Math.round(stepNs);
  const time = slots === "start" ? "epoch_us(start_time) * 1000 + start_nanos" : endSql("duckdb");
  const columns = [
    `make_timestamp((t - (t - ${start}) % ${step}) // 1000) AS slot`,
    ...groups.map(({ name, sql }) => `${sql} AS ${quoted(name)}`),
    `count(*) AS ${of}`,
    "count(*) FILTER (WHERE status_code = 2) AS errors",
    ...quantiles.map((quantile) => `quantile_disc(duration_ns, ${quantile}) AS ${quoted(`${quantileLabel(quantile)}_ns`)}`),
  ];
  const sql = [
    `SELECT ${columns.join(",\n  ")}`,
    `FROM ${rowsWith(time, of)}`,
    `WHERE ${[`t >= ${start}`, `t < ${end}`, ...told.conditions].join("\n  AND ")}`,
    "GROUP BY ALL ORDER BY ALL;",
  ].join("\n");
  return { ok: true, sql };
}

function compareSql({ filter, selection, start, end, baseline }: CompareRequest): Translated {
  if (baseline !== null) return { ok: false, why: "Rows of two times are compared; each side is a count with its own time." };
  const [from, to] = [nanos(start), nanos(end)];
  if (from === null || to === null) return { ok: false, why: "The time is told relative to now; a time with a date can be asked again." };
  const [all, selected] = [conditions(filter), conditions(selection)];
  if (!all.ok) return all;
  if (!selected.ok) return selected;
  const isSelected = selected.conditions.length === 0 ? "true" : selected.conditions.join(" AND ");
  const sql = [
    `SELECT count(*) FILTER (WHERE ${isSelected}) AS selected, count(*) FILTER (WHERE NOT coalesce(${isSelected}, false)) AS rest`,
    `FROM ${rowsWith(endSql("duckdb"), "spans")}`,
    `WHERE ${[`t >= ${from}`, `t < ${to}`, ...all.conditions].join("\n  AND ")};`,
  ].join("\n");
  return { ok: true, sql };
}

/** A time with a date as nanoseconds; null for what depends on now. */
function nanos(text: string): bigint | null {
  return text.startsWith("now") ? null : parseTime(text, 0n);
}

function conditions(filter: string): { readonly ok: true; readonly conditions: readonly string[] } | { readonly ok: false; readonly why: string } {
  const { conditions: all, unsaid } = sqlFilter(splitFilter(filter), "duckdb");
  const [first] = unsaid;
  return first === undefined ? { ok: true, conditions: all } : { ok: false, why: `${first.clause} has no plain form in SQL: ${first.why}.` };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
