// A TraceQL filter as SQL: over the server's tables, or over the files with DuckDB.
import { type Dialect, clauseSql } from "./sql_clause";

export interface SqlTime {
  /** Nanoseconds since the epoch, or what stands for them, such as $from. */
  readonly from: string;
  readonly to: string;
}

export interface UnsaidClause {
  readonly clause: string;
  readonly why: string;
}

export interface SqlFilter {
  /** Conditions, of which all hold. */
  readonly conditions: readonly string[];
  /** What the SQL leaves out. */
  readonly unsaid: readonly UnsaidClause[];
}

export function sqlFilter(clauses: readonly string[], dialect: Dialect): SqlFilter {
  const all = clauses.map((clause) => ({ clause, translated: clauseSql(clause, dialect) }));
  return {
    conditions: all.flatMap(({ translated }) => (translated.ok ? [translated.sql] : [])),
    unsaid: all.flatMap(({ clause, translated }) => (translated.ok ? [] : [{ clause, why: translated.why }])),
  };
}

/** The end of a span in nanoseconds since the epoch. */
export function endSql(dialect: Dialect): string {
  const start = dialect === "duckdb" ? "epoch_us(start_time)" : "CAST(start_time AS BIGINT)";
  return `${start} * 1000 + start_nanos + duration_ns`;
}

const ROWS_MAX = 100;

export interface SpansSelect extends SqlFilter {
  readonly sql: string;
}

/** The slowest spans that ended in a time and meet the filter. */
export function spansSelect(clauses: readonly string[], { from, to }: SqlTime): SpansSelect {
  const filter = sqlFilter(clauses, "server");
  const end = endSql("server");
  const where = [`${end} >= ${from}`, `${end} < ${to}`, ...filter.conditions];
  const sql = [
    "SELECT encode(trace_id, 'hex') AS trace_id, encode(span_id, 'hex') AS span_id, start_time, duration_ns, service_name, name",
    "FROM spans",
    `WHERE ${where.join("\n  AND ")}`,
    "ORDER BY duration_ns DESC",
    `LIMIT ${ROWS_MAX}`,
  ].join("\n");
  return { ...filter, sql };
}
