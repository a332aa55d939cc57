import { describe, expect, it } from "vitest";
import { readView } from "../../src/explore/view";
import { linkSteps } from "../../src/explore/link_steps";
import { expiredSentence } from "../../src/explore/missing_trace";
import { kindOf, rankWords } from "../../src/explore/rank_line";
import { cutText, visibleName, visibleText } from "../../src/base/foreign_text";
import { menuItems } from "../../src/trace/attribute_row";
import { startWords } from "../../src/trace/link_sentence";
import { otlpJson } from "../../src/trace/otlp";
import { signal } from "@preact/signals";
import { makeSpan, makeTrace } from "./make_trace";

describe("text from outside", () => {
  it("shows what would be invisible or turn other text", () => {
    expect(visibleText("gnp\u202e.exe")).toBe("gnp⟨U+202E⟩.exe");
    expect(visibleText("a\u0000b\u001b[31m\u0085\u200b\ufeff\u2028")).toBe("a⟨U+0000⟩b⟨U+001B⟩[31m⟨U+0085⟩⟨U+200B⟩⟨U+FEFF⟩⟨U+2028⟩");
    expect(visibleText("\ud800x\udc00")).toBe("⟨U+D800⟩x⟨U+DC00⟩");
  });

  it("leaves text of all languages as it is", () => {
    for (const text of ["plain /api/v1", "a\n\tb", "مرحبا", "می\u200cخواهم", "👩\u200d💻", "é", "日本語"]) expect(visibleText(text)).toBe(text);
  });

  it("cuts without halving a character", () => {
    expect([cutText("abc", 3), cutText("abcd", 3), cutText("ab👍", 3), cutText("ab👍", 4)]).toEqual(["abc", "abc", "ab", "ab👍"]);
    expect([visibleName("a\n\tb"), visibleName("abcdef", 3)]).toEqual(["a b", "abc…"]);
  });
});

describe("rank of a span", () => {
  it("is said between its bounds, and not at all among few", () => {
    expect(rankWords({ count: 18_204, shareMin: 0.00592, shareMax: 0.00592 })).toEqual({ head: "p99.4", tail: "(n = 18,204)" });
    expect(rankWords({ count: 20, shareMin: 0.02, shareMax: 0.0213 })?.head).toBe("p97.8 to p98");
    expect(rankWords({ count: 1000, shareMin: 0.0001, shareMax: 0.0001 })?.head).toBe("p99.9");
    expect(rankWords({ count: 1000, shareMin: 0, shareMax: 0 })?.head).toBe("p100");
    expect(rankWords({ count: 19, shareMin: 0, shareMax: 0 })).toBeNull();
  });

  it("is among requests of its verb and resource, or spans of its name and service", () => {
    const span = makeSpan({ name: 'a "b"', service: "etcd" });
    expect(kindOf(span, null)).toEqual({ words: 'a "b" by etcd', clauses: ['name = "a \\"b\\""', 'resource.service.name = "etcd"'] });
    expect(kindOf(makeSpan({ name: "x", service: "" }), null)).toEqual({ words: "x", clauses: ['name = "x"'] });
  });
});

describe("a trace that is gone", () => {
  it("has expired where spans of its time have", () => {
    expect(expiredSentence(10n ** 18n, 2n * 10n ** 18n)).toMatch(/^It ended at 2001-09-09 .* reach back to 2033-05-18/);
    expect([expiredSentence(3n, 2n), expiredSentence(null, 2n), expiredSentence(3n, null)]).toEqual([null, null, null]);
  });
});

describe("links", () => {
  it("say when the other trace starts", () => {
    expect([startWords(-12e6), startWords(3e3), startWords(0)]).toEqual(["starts 12.0 ms before it", "starts 3.00 µs after it", "starts with it"]);
  });

  it("leave a way back, also over several", () => {
    const view = signal(readView(`?trace=${"a".repeat(32)}`));
    const steps = linkSteps(view, (patch) => void (view.value = { ...view.value, ...patch }));
    const open = (letter: string) => ({ traceId: letter.repeat(32), spanId: null, near: null });
    const ids = () => steps.trail.value.map(({ open: { traceId } }) => traceId[0]);
    steps.followLink(open("b"), "A");
    steps.followLink(open("c"), "B");
    expect(ids()).toEqual(["a", "b"]);
    steps.goBackTo(1);
    expect([view.value.open?.traceId[0], ids()]).toEqual(["b", ["a"]]);
    steps.followLink(open("d"), "B");
    expect(ids()).toEqual(["a", "b"]);
    view.value = { ...view.value, open: open("e") };
    expect(ids()).toEqual([]);
    view.value = { ...view.value, open: null };
    expect(ids()).toEqual([]);
  });
});

describe("the menu of a value", () => {
  const actions = { onFilter: () => undefined, onGroup: () => undefined };
  const all = { ...actions, onCompare: () => undefined, onValues: () => undefined, onSql: () => undefined };
  const labels = (more: Partial<Parameters<typeof menuItems>[0]>) => menuItems({ label: "k", name: "span.k", text: "v", literal: '"v"', actions: all, ...more }).map(({ label }) => label);

  it("offers what can be done with it", () => {
    expect(labels({})).toEqual(["filter = this value", "filter ≠ this value", "group by it", "compare with the rest", "values over time", "copy", "open as SQL"]);
    expect(labels({ actions })).toEqual(["filter = this value", "filter ≠ this value", "group by it", "copy"]);
    expect(labels({ ordered: true })).toEqual(["filter ≥ this value", "filter ≤ this value", "compare with the rest", "values over time", "copy", "open as SQL"]);
    expect(labels({ literal: null })).toEqual(["group by it", "values over time", "copy"]);
    expect(labels({ name: null })).toEqual(["copy"]);
  });
});

describe("a trace as OTLP JSON", () => {
  it("has typed values, whole numbers as text, and times that add up", () => {
    const attributes = [
      { key: "s", value: "x", type: "string" },
      { key: "i", value: "9007199254740993", type: "int" },
      { key: "d", value: 0.5, type: "double" },
      { key: "l", value: ["a", 1, { k: true }], type: "array" },
      { key: "e", value: null, type: "empty" },
    ];
    const span = makeSpan({
      spanId: "00000000000000aa", name: "n", kind: "server", status: "error", statusMessage: "m", start: 1_000n, durationNs: 50, attributes,
      events: [{ offsetNs: 7, name: "e", attributes: [] }],
    });
    const trace = makeTrace([span, { ...span, spanId: "00000000000000ab", scope: { name: "other", version: "1" } }], { traceId: "t", start: 990n, resources: [{ attributes: [], schemaUrl: "u" }] });
    const { resourceSpans } = JSON.parse(otlpJson(trace));
    expect(resourceSpans).toHaveLength(1);
    expect(resourceSpans[0].scopeSpans.map((scope: { scope: { name: string } }) => scope.scope.name)).toEqual(["", "other"]);
    expect(resourceSpans[0].scopeSpans[0].spans[0]).toMatchObject({ kind: 2, status: { code: 2, message: "m" }, startTimeUnixNano: "1000", endTimeUnixNano: "1050", parentSpanId: "" });
    expect(resourceSpans[0].scopeSpans[0].spans[0].events[0].timeUnixNano).toBe("997");
    expect(resourceSpans[0].scopeSpans[0].spans[0].attributes.map(({ value }: { value: unknown }) => value)).toEqual([
      { stringValue: "x" },
      { intValue: "9007199254740993" },
      { doubleValue: 0.5 },
      { arrayValue: { values: [{ stringValue: "a" }, { intValue: "1" }, { kvlistValue: { values: [{ key: "k", value: { boolValue: true } }] } }] } },
      {},
    ]);
  });
});
