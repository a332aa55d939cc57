import { describe, expect, it } from "vitest";
import { clauseParts, cutAtBytes, excludes, joinClauses, splitFilter } from "../../src/base/clauses";
import { attributeName, literal, literalFromInput, literalFromText, quoteString } from "../../src/base/traceql";
import { clauseFromInput, proposeNames, proposeValues, stageOf } from "../../src/explore/completion";
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
    expect(['k8s:resource != ""', "span.x != nil", 'span.x !~ ""'].map(excludes)).toEqual([false, false, true]);
  });
});

describe("cutAtBytes", () => {
  it("counts as the server does", () => {
    expect(cutAtBytes('é = ~ "x"', 5, 1)).toEqual(["é = ", "~", ' "x"']);
    expect(cutAtBytes("abc", 3, 5)).toEqual(["abc", "", ""]);
  });
});

describe("the first view's filter", () => {
  it("selects requests for resources by what is derived from spans", () => {
    expect(joinClauses(DEFAULT_CLAUSES)).toBe(
      '{ kind = server && k8s:component = "apiserver" && k8s:resource != "" && k8s:watch = false && k8s:verb != "connect" }',
    );
    expect(DEFAULT_CLAUSES.map(exclusionLabel)).toEqual([null, null, null, "watches", "streams"]);
    expect(DEFAULT_CLAUSES.map((clause) => clauseParts(clause)?.name)).toEqual(["kind", "k8s:component", "k8s:resource", "k8s:watch", "k8s:verb"]);
  });
});

describe("completion", () => {
  it("knows what is being typed", () => {
    expect(stageOf("span.ve")).toEqual({ stage: "name", typed: "span.ve" });
    expect(stageOf("k8s:verb =")).toEqual({ stage: "operator", name: "k8s:verb", typed: "=" });
    expect(stageOf("span.verb ")).toEqual({ stage: "operator", name: "span.verb", typed: "" });
    expect(stageOf("span.verb !")).toEqual({ stage: "operator", name: "span.verb", typed: "!" });
    expect(stageOf("span.verb = LI")).toEqual({ stage: "value", name: "span.verb", operator: "=", typed: "LI" });
    expect(stageOf('span."odd key" =~ ')).toEqual({ stage: "value", name: 'span."odd key"', operator: "=~", typed: "" });
  });

  it("proposes the ready-made names first, also before the server has answered", () => {
    const attribute = (name: string, count: number) => ({ name, scope: "", type: "string", count, distinct: 9 });
    const names = (typed: string, known = [attribute("span.verb", 99), attribute("k8s:verb", 5), attribute("verb", 1)]) =>
      proposeNames(known, typed).map(({ key }) => key);
    expect(names("", [])).toEqual(["k8s:verb", "k8s:resource", "k8s:user_agent", "k8s:code"]);
    expect(names("").slice(3)).toEqual(["k8s:code", "span.verb", "verb"]);
    expect(names("verb")).toEqual(["verb", "k8s:verb", "span.verb"]);
    expect(names("nothing like it")).toEqual([]);
    expect(proposeNames([attribute("k8s:verb", 5)], "k8s:verb")[0]?.detail).toBe("string, 9 distinct");
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
