import { describe, expect, it } from "vitest";
import { clauseParts, cutAtBytes, excludes, joinClauses, splitFilter } from "../../src/base/clauses";
import { attributeName, literal, literalFromInput, literalFromText, quoteString } from "../../src/base/traceql";
import { clauseFromInput, proposeValues, stageOf } from "../../src/explore/completion";
import { DEFAULT_CLAUSES, exclusionLabel } from "../../src/explore/default_view";

describe("quoteString", () => {
  it("writes Go escapes", () => {
    expect(quoteString('a"b\\c\n\t\u0001é')).toBe('"a\\"b\\\\c\\n\\t\\x01é"');
  });
});

describe("attributeName", () => {
  it("quotes what would end a name", () => {
    expect(attributeName("span", "http.target")).toBe("span.http.target");
    expect(attributeName("resource", "app.kubernetes.io/name")).toBe("resource.app.kubernetes.io/name");
    expect(attributeName("span", "odd key")).toBe('span."odd key"');
    expect(attributeName("event", 'a"}b')).toBe('event."a\\"}b"');
    expect(attributeName("link", "")).toBe('link.""');
  });
});

describe("literals", () => {
  it("follow the type", () => {
    expect(literal("a", "string")).toBe('"a"');
    expect(literal(201, "int")).toBe("201");
    expect(literal("9223372036854775807", "int")).toBe("9223372036854775807");
    expect(literal(false, "bool")).toBe("false");
    expect(literal(["a"], "array")).toBeNull();
    expect(literal("1 || true", "int")).toBeNull();
  });

  it("are made of the API's texts by type", () => {
    expect(literalFromText("kind", "server", null)).toBe("server");
    expect(literalFromText("name", "server", "string")).toBe('"server"');
    expect(literalFromText("span.code", "201", "int")).toBe("201");
    expect(literalFromText("span.pid", "201", "string")).toBe('"201"');
    expect(literalFromText("span.odd", "201 || true", "mixed")).toBe('"201 || true"');
    expect(literalFromText("span.cached", "true", "bool")).toBe("true");
  });

  it("are found in what a person types", () => {
    expect(["server", "500ms", "12", '"quoted"', "true"].map(literalFromInput)).toEqual(["server", "500ms", "12", '"quoted"', "true"]);
    expect(literalFromInput("GET /api")).toBe('"GET /api"');
  });
});

describe("clauses", () => {
  it("join and split to the same list", () => {
    for (const clauses of [[], ["kind = server"], DEFAULT_CLAUSES, ['name = "a && b"', "duration > 5ms", 'span.x = `a"&&`']])
      expect(splitFilter(joinClauses(clauses))).toEqual(clauses);
  });

  it("keep a disjunction in one piece", () => {
    expect(joinClauses(["a = 1 || b = 2", "kind = server"])).toBe("{ (a = 1 || b = 2) && kind = server }");
    expect(splitFilter("{ a = 1 || b = 2 && c = 3 }")).toEqual(["a = 1 || b = 2 && c = 3"]);
    expect(splitFilter("{ (a = 1 || b = 2) && c = 3 }")).toEqual(["(a = 1 || b = 2)", "c = 3"]);
  });

  it("survive an open string or parenthesis", () => {
    expect(splitFilter('{ name = "open && x }')).toEqual(['name = "open && x']);
    expect(splitFilter("{ (a && b }")).toEqual(["(a && b"]);
  });

  it("are taken apart for display", () => {
    expect(clauseParts('span.http.target !~ "a=b"')).toEqual({ name: "span.http.target", operator: "!~", value: '"a=b"' });
    expect(clauseParts('span."odd key" >= 5')).toEqual({ name: 'span."odd key"', operator: ">=", value: "5" });
    expect(clauseParts("a = 1 || b = 2")).toBeNull();
    expect(clauseParts("!(a = 1)")).toBeNull();
    expect(excludes('name != "x"') && !excludes('name = "!="')).toBe(true);
  });
});

describe("cutAtBytes", () => {
  it("counts as the server does", () => {
    expect(cutAtBytes('é = ~ "x"', 5, 1)).toEqual(["é = ", "~", ' "x"']);
    expect(cutAtBytes("abc", 3, 5)).toEqual(["abc", "", ""]);
  });
});

describe("the first view's filter", () => {
  it("is TraceQL with Go escapes", () => {
    expect(DEFAULT_CLAUSES).toEqual([
      "kind = server",
      'resource.service.name = "apiserver"',
      'span.http.target =~ "/apis?/.*"',
      'span.http.target !~ ".*[?&]watch=(1|true).*"',
      'span.http.target !~ ".*[?&]follow=(1|true).*"',
      'span.http.target !~ ".*/(exec|attach|portforward)(\\\\?.*)?"',
      'span.http.target !~ ".*/proxy(/.*|\\\\?.*)?"',
    ]);
    expect(DEFAULT_CLAUSES.map(exclusionLabel)).toEqual([null, null, null, "watches", "log follows", "exec, attach, port-forward", "proxy"]);
  });

  it("leaves out long requests and keeps others", () => {
    const excluded = DEFAULT_CLAUSES.slice(3).map((clause) => new RegExp(`^(?:${JSON.parse(clauseParts(clause)?.value ?? "")})$`));
    const left = (target: string) => !excluded.some((expression) => expression.test(target));
    for (const target of ["/api/v1/pods?watch=1", "/api/v1/pods?limit=5&watch=true", "/api/v1/namespaces/a/pods/b/log?follow=true", "/api/v1/namespaces/a/pods/b/exec?command=ls", "/api/v1/namespaces/a/pods/b/attach", "/api/v1/nodes/n/proxy/metrics", "/api/v1/nodes/n/proxy"])
      expect(left(target), target).toBe(false);
    for (const target of ["/api/v1/pods", "/api/v1/pods?watch=false", "/api/v1/namespaces/executor/pods", "/api/v1/namespaces/a/pods/proxy-1"]) expect(left(target), target).toBe(true);
  });
});

describe("completion", () => {
  it("knows what is being typed", () => {
    expect(stageOf("span.ve")).toEqual({ stage: "name", typed: "span.ve" });
    expect(stageOf("span.verb ")).toEqual({ stage: "operator", name: "span.verb", typed: "" });
    expect(stageOf("span.verb !")).toEqual({ stage: "operator", name: "span.verb", typed: "!" });
    expect(stageOf("span.verb = LI")).toEqual({ stage: "value", name: "span.verb", operator: "=", typed: "LI" });
    expect(stageOf('span."odd key" =~ ')).toEqual({ stage: "value", name: 'span."odd key"', operator: "=~", typed: "" });
  });

  it("quotes what is typed and proposed", () => {
    expect(clauseFromInput("span.verb=LIST")).toBe('span.verb = "LIST"');
    expect(clauseFromInput("duration > 500ms")).toBe("duration > 500ms");
    expect(clauseFromInput("span.a = 1 || span.b = 2")).toBe("span.a = 1 || span.b = 2");
    expect(clauseFromInput("span.verb")).toBeNull();
    const values = [{ text: "a.b", type: "string", count: 3 }];
    expect(proposeValues({ name: "span.x", operator: "=~" }, null, values)[0]?.key).toBe('"a\\\\.b"');
    expect(proposeValues({ name: "span.x", operator: "=" }, "string", values)[0]?.key).toBe('"a.b"');
  });
});
