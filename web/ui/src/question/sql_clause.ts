// One condition of a TraceQL filter as a condition of SQL over the `spans` table, where plain columns and attributes can say it.
import { clauseParts, splitTop } from "../base/clauses";
import { type Column, DERIVED_COLUMNS, RESOURCE_COLUMNS, SPAN_COLUMNS } from "./columns";
import { type Literal, readLiteral, sqlText } from "./sql_literal";

/** The server's own SQL, or DuckDB's over the files: they differ in regular expressions and ids. */
export type Dialect = "server" | "duckdb";

export type Translated = { readonly ok: true; readonly sql: string } | { readonly ok: false; readonly why: string };

const said = (sql: string): Translated => ({ ok: true, sql });
const unsaid = (why: string): Translated => ({ ok: false, why });

/** A condition, and those joined in it by one of && and ||. */
export function clauseSql(clause: string, dialect: Dialect): Translated {
  const text = clause.trim();
  if (/^!\s*\(/.test(text) && isEnclosed(text.replace(/^!\s*/, ""))) {
    const inner = clauseSql(text.replace(/^!\s*/, ""), dialect);
    return inner.ok ? said(`NOT coalesce(${inner.sql}, false)`) : inner;
  }
  if (isEnclosed(text)) return clauseSql(text.slice(1, -1), dialect);
  const [either, both] = [splitTop(text, "||"), splitTop(text, "&&")];
  if (either.length > 1 && both.length > 1) return unsaid("it joins with both && and ||, which TraceQL reads from the left");
  if (either.length > 1) return joined(either, "OR", dialect);
  if (both.length > 1) return joined(both, "AND", dialect);
  const parts = clauseParts(text);
  if (parts === null) return unsaid("it is more than the comparison of an attribute with a value");
  const literal = readLiteral(parts.value);
  return literal === null ? unsaid(`${parts.value} is no plain value`) : comparisonSql(parts.name, parts.operator, literal, dialect);
}

/** Whether one pair of parentheses holds all of it. */
function isEnclosed(text: string): boolean {
  if (!text.startsWith("(") || !text.endsWith(")")) return false;
  let depth = 0;
  for (const [index, character] of [...text.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`/gs, (quoted) => "_".repeat(quoted.length))].entries()) {
    if (character === "(") depth++;
    if (character === ")" && --depth === 0) return index === [...text].length - 1;
  }
  return false;
}

function joined(clauses: readonly string[], by: "AND" | "OR", dialect: Dialect): Translated {
  const all = clauses.map((clause) => clauseSql(clause, dialect));
  const failed = all.find((one) => !one.ok);
  return failed ?? said(`(${all.map((one) => (one.ok ? one.sql : "")).join(` ${by} `)})`);
}

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];
const STATUSES = ["unset", "ok", "error"];

function comparisonSql(name: string, operator: string, literal: Literal, dialect: Dialect): Translated {
  const field = name.replace(/^span:/, "");
  if (field === "kind") return enumerated("kind", KINDS, operator, literal);
  if (field === "status") return enumerated("coalesce(status_code, 0)", STATUSES, operator, literal);
  if (field === "id" && name === "span:id") return idSql("span_id", operator, literal, dialect);
  if (name === "trace:id") return idSql("trace_id", operator, literal, dialect);
  const found = valueOf(name);
  if (!found.ok) return found;
  return literal.kind === "word" && literal.word === "nil" ? nilSql(found.column.name, operator) : typedSql(found, operator, literal, dialect);
}

interface Value {
  readonly ok: true;
  /** An expression and the type of its values. */
  readonly column: Column;
  /** Whether an empty text is stored as none. */
  readonly losesEmpty: boolean;
  /** Whether all values are text, whatever was sent. */
  readonly isMap: boolean;
}

const value = (column: Column, losesEmpty = false, isMap = false): Value => ({ ok: true, column, losesEmpty, isMap });

const FIELDS: Readonly<Record<string, Column>> = {
  name: { name: "name", type: "text" },
  duration: { name: "duration_ns", type: "int" },
  statusMessage: { name: "coalesce(status_message, '')", type: "text" },
  "instrumentation:name": { name: "coalesce(scope_name, '')", type: "text" },
  "instrumentation:version": { name: "coalesce(scope_version, '')", type: "text" },
};

/** Where the values of an attribute are. */
function valueOf(name: string): Value | { readonly ok: false; readonly why: string } {
  const field = FIELDS[name.replace(/^span:/, "")];
  if (field !== undefined) return value(field);
  const [, scope = "", quoted = ""] = /^(k8s:|span\.|resource\.)(.+)$/s.exec(name) ?? [];
  const key = quoted.replace(/"((?:[^"\\]|\\.)*)"/g, (_, inner: string) => inner.replace(/\\(.)/g, "$1"));
  if (scope === "k8s:") {
    const derived = DERIVED_COLUMNS.get(key);
    return derived === undefined ? unknown(name) : value(derived);
  }
  if (scope === "resource.") {
    const resource = RESOURCE_COLUMNS.get(key);
    return resource === undefined ? { ok: false, why: "the table keeps this resource attribute in its encoded form alone" } : value(resource, true);
  }
  if (scope === "span.") {
    const column = SPAN_COLUMNS.get(key);
    return column === undefined ? value({ name: `attributes[${sqlText(key)}]`, type: "text" }, false, true) : value(column, column.type === "text");
  }
  return unknown(name);
}

function unknown(name: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why: `no column holds ${name}` };
}

/** The expression whose values a series is grouped by; null where no column has them. */
export function groupSql(name: string): string | null {
  const found = valueOf(name);
  return found.ok ? found.column.name : (({ kind: "kind", status: "coalesce(status_code, 0)" })[name.replace(/^span:/, "")] ?? null);
}

function nilSql(column: string, operator: string): Translated {
  if (operator === "=") return said(`${column} IS NULL`);
  return operator === "!=" ? said(`${column} IS NOT NULL`) : unsaid("nil is only there or not");
}

const SIGNS: Readonly<Record<string, string>> = { "=": "=", "!=": "<>", ">": ">", ">=": ">=", "<": "<", "<=": "<=" };

function typedSql({ column, losesEmpty, isMap }: Value, operator: string, literal: Literal, dialect: Dialect): Translated {
  const { name, type } = column;
  if (operator.endsWith("~")) {
    if (type !== "text" || literal.kind !== "text") return unsaid("a regular expression is for texts");
    return said(`${operator === "!~" ? "NOT " : ""}${matchSql(name, literal.text, dialect)}`);
  }
  const sign = SIGNS[operator] ?? "=";
  if (literal.kind === "text") {
    if (type !== "text") return unsaid(`${name} is no column of texts`);
    if (literal.text === "" && losesEmpty && operator !== "!=") return unsaid("an empty text is stored as none");
    return said(`${name} ${sign} ${sqlText(literal.text)}`);
  }
  if (literal.kind === "number") {
    if (isMap) return said(`TRY_CAST(${name} AS DOUBLE) ${sign} ${literal.number}`);
    return type === "int" ? said(`${name} ${sign} ${literal.number}`) : unsaid(`${name} is no column of numbers`);
  }
  if (literal.word !== "true" && literal.word !== "false") return unsaid(`${literal.word} is no plain value`);
  if (isMap) return said(`${name} ${sign} '${literal.word}'`);
  return type === "bool" ? said(`${name} ${sign} ${literal.word}`) : unsaid(`${name} is no column of true and false`);
}

/** The pattern against the whole text, in which a dot matches a newline too. */
function matchSql(name: string, pattern: string, dialect: Dialect): string {
  return dialect === "duckdb" ? `regexp_full_match(${name}, ${sqlText(pattern)}, 's')` : `regexp_like(${name}, ${sqlText(`^(?s:${pattern})$`)})`;
}

function enumerated(column: string, words: readonly string[], operator: string, literal: Literal): Translated {
  const index = literal.kind === "word" ? words.indexOf(literal.word) : -1;
  if (index < 0 || (operator !== "=" && operator !== "!=")) return unsaid(`it is compared by = and != with one of ${words.join(", ")}`);
  return said(`${column} ${SIGNS[operator] ?? "="} ${index}`);
}

/** By BETWEEN, as DuckDB up to 1.5.5 finds nothing by = in a column of bytes with a bloom filter (duckdb/duckdb#23829). */
function idSql(column: string, operator: string, literal: Literal, dialect: Dialect): Translated {
  if (literal.kind !== "text" || !/^([0-9a-fA-F]{2})+$/.test(literal.text) || (operator !== "=" && operator !== "!="))
    return unsaid("an id is compared by = and !=, as hex digits");
  const negated = operator === "!=" ? "NOT " : "";
  if (dialect === "server") return said(`encode(${column}, 'hex') ${SIGNS[operator] ?? "="} ${sqlText(literal.text.toLowerCase())}`);
  const bytes = `from_hex(${sqlText(literal.text)})`;
  return said(`${column} ${negated}BETWEEN ${bytes} AND ${bytes}`);
}
