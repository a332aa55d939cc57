import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Completion } from "../../src/api/parse";
import { joinClauses, splitFilter } from "../../src/base/clauses";
import { DERIVED_COLUMNS, RESOURCE_COLUMNS, SPAN_COLUMNS } from "../../src/question/columns";
import { readQuestions, withQuestion } from "../../src/question/history";
import { byteAt, proposalsAt, splice } from "../../src/question/proposals";
import { spansSelect, sqlFilter } from "../../src/question/sql";
import { clauseSql } from "../../src/question/sql_clause";
import { readLiteral } from "../../src/question/sql_literal";

describe("chips and text", () => {
  it.each([
    "{ }",
    '{ kind = server && name = "a && b" }',
    '{ (k8s:verb = "get" || k8s:verb = "list") && duration > 1s }',
    '{ k8s:verb = "get" || k8s:verb = "list" }',
    '{ name = "a" } >> { name = "b" && kind = client }',
    '{ span."odd && key" = `raw || "x"` && !(status = error) }',
    "{ span.a//b = 1 && span.c = 2 }",
  ])("come back as they were: %s", (text) => {
    const clauses = splitFilter(text);
    expect(joinClauses(clauses)).toBe(text);
    expect(splitFilter(joinClauses(clauses))).toEqual(clauses);
  });

  it("keep what they cannot take apart in one chip", () => {
    expect(splitFilter('{ a = 1 } >> { b = 2 && c = 3 }')).toHaveLength(1);
    expect(splitFilter("{ .a || .b && .c }")).toEqual([".a || .b && .c"]);
  });

  it("drop comments, which would hide the chips behind them", () => {
    expect(splitFilter('{ kind = server // && gone\n && name = "http://x" /* && gone */ && status = error }')).toEqual(["kind = server", 'name = "http://x"', "status = error"]);
  });
});

/** The lists of the model, which is written in Rust. */
function listsOf(file: string): string {
  return readFileSync(join(import.meta.dirname, "../../../../model/src", file), "utf8");
}

describe("columns", () => {
  const TYPES: Readonly<Record<string, string>> = { string: "text", int: "int", boolean: "bool", String: "text", Int: "int", Bool: "bool" };

  it("of span and resource attributes are those of the model", () => {
    const [span = "", resource = ""] = listsOf("attributes.rs").split("pub const RESOURCE_ATTRIBUTES");
    const read = (text: string) => [...text.matchAll(/(string|int|boolean)\("([^"]+)", "([^"]+)"\)/g)].map(([, type = "", key, name]) => [key, { name, type: TYPES[type] }]);
    const sorted = (list: readonly unknown[]) => list.map((item) => JSON.stringify(item)).sort();
    expect(sorted([...SPAN_COLUMNS])).toEqual(sorted(read(span)));
    expect(sorted([...RESOURCE_COLUMNS])).toEqual(sorted(read(resource)));
  });

  it("of what is read out of a span are those of the model", () => {
    const read = [...listsOf("derived.rs").matchAll(/column\("([^"]+)", "([^"]+)", HotType::(\w+)\)/g)].map(([, key, name, type = ""]) => [key, name, TYPES[type]]);
    expect([...DERIVED_COLUMNS].map(([key, { name, type }]) => [key, name, type]).sort()).toEqual(read.sort());
  });
});

describe("SQL", () => {
  const said = (clause: string, dialect: "server" | "duckdb" = "server") => {
    const translated = clauseSql(clause, dialect);
    return translated.ok ? translated.sql : `-- ${translated.why}`;
  };

  it.each([
    ["kind = server", "kind = 2"],
    ["status != error", "coalesce(status_code, 0) <> 2"],
    ['k8s:resource != ""', "k8s_resource <> ''"],
    ["k8s:watch = false", "k8s_watch = false"],
    ["k8s:code >= 400", "k8s_code >= 400"],
    ["duration > 1.5ms", "duration_ns > 1500000"],
    ["span:duration < 1h30m", "duration_ns < 5400000000000"],
    ["span.resource-version = \"5\"", "span_resource_version_dashed = '5'"],
    ['name = "it\'s \\"so\\""', "name = 'it''s \"so\"'"],
    ['span.http.route = "/x"', "attributes['http.route'] = '/x'"],
    ['span."it\'s" != nil', "attributes['it''s'] IS NOT NULL"],
    ["span.retries > 2", "TRY_CAST(attributes['retries'] AS DOUBLE) > 2"],
    ["span.hit = true", "attributes['hit'] = 'true'"],
    ["k8s:verb = nil", "k8s_verb IS NULL"],
    ['resource.service.name = "etcd"', "service_name = 'etcd'"],
    ['(k8s:verb = "get" || k8s:verb = "list")', "(k8s_verb = 'get' OR k8s_verb = 'list')"],
    ['!(k8s:verb = "get" && kind = client)', "NOT coalesce((k8s_verb = 'get' AND kind = 3), false)"],
    ['name !~ "a.*"', "NOT regexp_like(name, '^(?s:a.*)$')"],
    ['trace:id = "00FF"', "encode(trace_id, 'hex') = '00ff'"],
  ])("says %s", (clause, sql) => expect(said(clause)).toBe(sql));

  it("speaks to DuckDB as it needs", () => {
    expect(said('name =~ "a.*"', "duckdb")).toBe("regexp_full_match(name, 'a.*', 's')");
    expect(said('span:id != "00ff"', "duckdb")).toBe("span_id NOT BETWEEN from_hex('00ff') AND from_hex('00ff')");
  });

  it.each([
    [".x = 1", "no column holds .x"],
    ["event.name = 1", "no column holds event.name"],
    ['resource.x = "a"', "the table keeps this resource attribute in its encoded form alone"],
    ['k8s:code = "200"', "k8s_code is no column of texts"],
    ['name = 5', "name is no column of numbers"],
    ['span.key = ""', "an empty text is stored as none"],
    [".a && .b || .c", "it joins with both && and ||, which TraceQL reads from the left"],
    ["self_time / duration > 0.5", "it is more than the comparison of an attribute with a value"],
    ["name = statusMessage", "statusMessage is no plain value"],
    ["kind > server", "it is compared by = and != with one of unspecified, internal, server, client, producer, consumer"],
    ['duration =~ "1.*"', "a regular expression is for texts"],
  ])("says of %s that it cannot", (clause, why) => expect(said(clause)).toBe(`-- ${why}`));

  it("puts a filter and a time into a SELECT, and tells what it leaves out", () => {
    const { sql, unsaid } = spansSelect(['k8s:verb = "list"', ".x = 1"], { from: "$from", to: "$to" });
    expect(sql).toContain("FROM spans\nWHERE CAST(start_time AS BIGINT) * 1000 + start_nanos + duration_ns >= $from\n  AND CAST(start_time AS BIGINT) * 1000 + start_nanos + duration_ns < $to\n  AND k8s_verb = 'list'\nORDER BY");
    expect(unsaid).toEqual([{ clause: ".x = 1", why: "no column holds .x" }]);
    expect(sqlFilter([], "server")).toEqual({ conditions: [], unsaid: [] });
  });

  it("takes hostile values for nothing but text", () => {
    expect(said(`name = "'; DROP TABLE spans; --"`)).toBe("name = '''; DROP TABLE spans; --'");
    expect(said(`span."'] OR true --" = "x"`)).toBe("attributes['''] OR true --'] = 'x'");
  });
});

it("reads literals as TraceQL does", () => {
  expect(readLiteral('"a\\tb\\x41\\u00e9\\101"')).toEqual({ kind: "text", text: "a\tbAéA" });
  expect(readLiteral("`a\\n`")).toEqual({ kind: "text", text: "a\\n" });
  expect(readLiteral("1.5s")).toEqual({ kind: "number", number: "1500000000" });
  expect(readLiteral("-2e9")).toEqual({ kind: "number", number: "-2e9" });
  expect(readLiteral("nil")).toEqual({ kind: "word", word: "nil" });
  expect(readLiteral("a + b")).toBeNull();
});

const completion = (what: string, offset: number, length: number, more: Partial<Completion> = {}): Completion => ({
  what,
  attribute: null,
  words: [],
  replaces: { offset, length },
  filter: "{}",
  ...more,
});
const attribute = (name: string, count: number, type = "string") => ({ name, scope: "span", type, count, distinct: null });

describe("proposals", () => {
  const keys = (text: string, cursor: number, known: Parameters<typeof proposalsAt>[2]) => proposalsAt(text, cursor, known).map(({ key }) => key);

  it("are names that hold what is typed, those that begin with it first, then the most frequent", () => {
    const attributes = [attribute("span.verb", 5), attribute("k8s:verb", 9), attribute("kind", 99), attribute("verb2", 1)];
    const known = { completion: completion("attribute", 2, 4, { words: ["kind", "span."] }), attributes, values: [] };
    expect(keys("{ verb", 6, known)).toEqual(["verb2", "k8s:verb", "span.verb"]);
    expect(keys("{ ", 2, { ...known, completion: { ...known.completion, replaces: { offset: 2, length: 0 } } })).toEqual(["kind", "k8s:verb", "span.verb", "verb2", "span."]);
  });

  it("are values as literals of their type, in a regular expression with its signs escaped", () => {
    const values = [{ text: "200", type: "int", count: 5 }, { text: "a.b", type: "string", count: 1 }];
    const at = (text: string, type: string) => ({ completion: completion("value", text.length, 0, { attribute: "x", words: ["nil"] }), attributes: [attribute("x", 1, type)], values });
    expect(keys("{ x = ", 6, at("{ x = ", "mixed"))).toEqual(["200", '"a.b"', "nil"]);
    expect(keys("{ x =~ ", 7, at("{ x =~ ", "string"))).toEqual(['"200"', '"a\\\\.b"']);
  });

  it("are put in place of the piece, with blanks where they are needed", () => {
    const at = (text: string, piece: string) => completion("attribute", byteAt(text, text.indexOf(piece)), byteAt(piece, piece.length));
    expect(splice("{ é = 1 && k8 }", at("{ é = 1 && k8 }", "k8"), "k8s:verb")).toEqual({ text: "{ é = 1 && k8s:verb }", cursor: 20 });
    expect(splice("{ x =", completion("value", 5, 0), "1")).toEqual({ text: "{ x = 1 ", cursor: 8 });
    expect(splice("{ sp", at("{ sp", "sp"), "span.")).toEqual({ text: "{ span.", cursor: 7 });
    expect(splice("", completion("filter", 0, 0), "{")).toEqual({ text: "{ ", cursor: 2 });
  });
});

describe("questions asked before", () => {
  it("are the last twenty, each once, the latest first", () => {
    const many = Array.from({ length: 25 }, (_, index) => `{ .x = ${index} }`);
    const kept = many.reduce<readonly string[]>(withQuestion, []);
    expect([kept.length, kept[0]]).toEqual([20, "{ .x = 24 }"]);
    expect(withQuestion(kept, " { .x = 10 } ")[0]).toBe("{ .x = 10 }");
    expect(withQuestion(kept, "{ .x = 10 }")).toHaveLength(20);
    expect(withQuestion([], "x".repeat(3000))).toEqual([]);
  });

  it("are none where what was kept cannot be read", () => {
    expect(readQuestions(null)).toEqual([]);
    expect(readQuestions("{broken")).toEqual([]);
    expect(readQuestions('["a", 5, {"b": 1}]')).toEqual(["a"]);
    expect(readQuestions('"text"')).toEqual([]);
  });
});
