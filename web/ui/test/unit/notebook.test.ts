import { signal } from "@preact/signals";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { latestOf } from "../../src/api/notebooks";
import { success } from "../../src/base/result";
import { foundNotebooks } from "../../src/home/found";
import { fetchTiles, tileLink, tilesOf } from "../../src/home/components";
import { readLatencyAnswer } from "../../src/api/latency";
import { readSeriesAnswer } from "../../src/api/search";
import { createAnswers } from "../../src/notebook/answers";
import { cellText } from "../../src/notebook/cell_text";
import { type NotebookView, readNotebookView, writeNotebookView } from "../../src/notebook/address";
import { comparisonOf, derivedAgain, essence } from "../../src/notebook/derived";
import { type CellOf, type NotebookDocument, emptyDocument, newCell } from "../../src/notebook/document";
import { UNSAVED, keepDraft, readDraft } from "../../src/notebook/drafts";
import { labelClauses } from "../../src/notebook/label_clauses";
import { csvOf, labelsText, sorted, tableOf } from "../../src/notebook/tables";
import { niceSteps } from "../../src/charts/nice_steps";
import { drawLines, formatValue } from "../../src/notebook/lines";
import { exportedPage } from "../../src/notebook/export_html";
import { exportedMarkdown } from "../../src/notebook/export_markdown";
import { markdownText, renderMarkdown } from "../../src/notebook/markdown";
import { leftOut, questionOf } from "../../src/notebook/questions";
import { createQueue } from "../../src/notebook/queue";
import { withFilters, withTime } from "../../src/notebook/scoped_query";
import { latencyAnswer } from "../browser/mock_data.mjs";
import { queryAnswer } from "../browser/mock_query.mjs";

describe("the address of a notebook", () => {
  const bare: NotebookView = {
    id: null, revision: null, packed: null, range: null, filters: null, refresh: null, open: null, theme: "system",
  };

  it("comes back as it was", () => {
    const view: NotebookView = {
      ...bare, id: "0193-ab", revision: 7, range: { from: "now-6h", to: "now" }, filters: ['name = "a&b"'], refresh: "10s",
      open: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", near: "17" }, theme: "dark",
    };
    expect(readNotebookView(writeNotebookView(view))).toEqual(view);
    expect(readNotebookView(writeNotebookView({ ...bare, packed: "aB-_9" }))).toEqual({ ...bare, packed: "aB-_9" });
  });

  it("tells no filter from the notebook's own", () => {
    expect(writeNotebookView(bare)).toEqual({ search: "?v=nb", hash: "" });
    expect(readNotebookView(writeNotebookView({ ...bare, filters: [] })).filters).toEqual([]);
  });

  it("drops what is not understood", () => {
    expect(readNotebookView({ search: "?v=nb&id=../x&rev=-1&trace=zz&refresh=1s&theme=pink", hash: "#x" })).toEqual(bare);
  });
});

describe("a query within a notebook", () => {
  const F = ['span.a = "x|y"'];
  it.each([
    ["{ }", '{ span.a = "x|y" }'],
    ['{ name = "a | b" } | rate()', '{ name = "a | b" && span.a = "x|y" } | rate()'],
    ["{ a = 1 || b = 2 } | by(name) | count() > 3", '{ (a = 1 || b = 2) && span.a = "x|y" } | by(name) | count() > 3'],
    ["{ a = 1 } >> { b = 2 } | rate()", '{ a = 1 } >> { b = 2 } | { span.a = "x|y" } | rate()'],
    ["{ a = 1 } || { b = 2 }", '{ a = 1 } || { b = 2 } | { span.a = "x|y" }'],
    ["{ a = 1 // } | x\n} | rate()", '{ a = 1 && span.a = "x|y" } | rate()'],
    ["{ a = 1 } // all of them", '{ a = 1 && span.a = "x|y" }'],
    ["{ a = 1 } /* | by(b) */ | rate()", '{ a = 1 && span.a = "x|y" } | rate()'],
    ['/* of { b } */ { a = "// no" } >> { b = 2 } // end', '{ a = "// no" } >> { b = 2 } | { span.a = "x|y" }'],
  ])("%s", (query, expected) => expect(withFilters(query, F)).toBe(expected));

  it("stays as it is without filters", () => expect(withFilters("{ }|rate()", [])).toBe("{ }|rate()"));

  it("in SQL has the ends of the time, but not within strings", () => {
    expect(withTime("WHERE t >= $from AND t < $to AND x = '$from' AND y = $fromage", 1n, 2n)).toBe("WHERE t >= 1 AND t < 2 AND x = '$from' AND y = $fromage");
  });
});

describe("what a cell asks", () => {
  const scope = { range: { from: "now-1h", to: "now" }, filters: ["span.a = 1", 'k8s:verb = "get"'] };

  it("is scoped by the notebook, unless the cell says otherwise", () => {
    const cell = { ...(newCell("latency", "l") as CellOf<"latency">), filter: ["span.b = 2"] };
    expect(questionOf(cell, scope)).toMatchObject({ request: { filter: '{ span.a = 1 && k8s:verb = "get" && span.b = 2 }', start: "now-1h" } });
    const alone = { ...cell, ignoreFilters: true, time: { from: "now-9h", to: "now-8h" } };
    expect(questionOf(alone, scope)).toMatchObject({ request: { filter: "{ span.b = 2 }", start: "now-9h", end: "now-8h" } });
  });

  it("leaves out what rows of requests do not know", () => {
    expect(questionOf(newCell("shares", "s"), scope)).toMatchObject({ request: { filter: '{ k8s:verb = "get" }' } });
  });

  it("is of rows made of spans where the cell says so, and by what those know", () => {
    const latency: CellOf<"latency"> = { ...(newCell("latency", "l") as CellOf<"latency">), rows: "requests", filter: ['k8s:namespace = "prod"'] };
    expect(questionOf(latency, scope)).toMatchObject({ request: { of: "requests", filter: '{ k8s:verb = "get" && k8s:namespace = "prod" }' } });
    expect(leftOut(latency, scope)).toEqual(["span.a = 1"]);
    expect(leftOut({ ...latency, ignoreFilters: true }, scope)).toEqual([]);
    const heatmap: CellOf<"heatmap"> = { ...(newCell("heatmap", "h") as CellOf<"heatmap">), rows: "pod_starts" };
    expect(questionOf(heatmap, scope)).toMatchObject({ request: { of: "pod_starts", filter: "{ }", heatmap: true } });
    expect(questionOf({ ...heatmap, rows: "spans" }, scope)).not.toHaveProperty("request.of");
    expect([cellText(latency), cellText(heatmap)]).toEqual(['p50, p99 of requests of { k8s:namespace = "prod" }', "durations of pod starts of { }"]);
  });

  it("is nothing for a text, and for a trace not chosen yet", () => {
    expect(questionOf(newCell("markdown", "m"), scope)).toBeNull();
    expect(questionOf(newCell("trace", "t"), scope)).toBeNull();
  });
});

describe("derived cells", () => {
  const parent = { ...(newCell("latency", "p") as CellOf<"latency">), filter: ["span.a = 1"] };
  const child = comparisonOf(parent, [], "c", { within: ["span.b = 2"], window: null });

  it("take over the filter, and follow its changes with their own beside it", () => {
    expect(child).toMatchObject({ of: "p", filter: ["span.a = 1", "span.b = 2"], rows: "spans", selection: null });
    expect(derivedAgain(child, parent, { ...parent, filter: ["span.c = 3"] })).toMatchObject({ filter: ["span.c = 3", "span.b = 2"] });
  });

  it("compare a time with as long a time before it", () => {
    const window = { from: "2026-11-20T10:00:00Z", to: "2026-11-20T10:10:00Z" };
    expect(comparisonOf(parent, [], "c", { within: [], window })).toMatchObject({ time: window, baseline: { from: "2026-11-20T09:50:00Z", to: "2026-11-20T10:00:00Z" } });
  });

  it("compare the rows that the cell is of", () => {
    const compared = (rows: CellOf<"latency">["rows"], filter: readonly string[]) => comparisonOf({ ...parent, rows, filter }, [], "c", { within: [], window: null }).rows;
    expect(compared("requests", ["k8s:watch = false"])).toBe("requests");
    expect(compared("pod_starts", [])).toBe("pod_starts");
    expect(compared("spans", ["kind = server", 'k8s:component = "apiserver"'])).toBe("requests");
    expect(essence({ ...parent, rows: "requests" })).not.toBe(essence(parent));
  });

  it("are not touched by looks", () => {
    expect(essence({ ...parent, title: "other", height: 900, width: "half" })).toBe(essence(parent));
    expect(essence({ ...parent, by: ["name"] })).not.toBe(essence(parent));
  });
});

describe("the last answer of a cell", () => {
  it("is known only to the question that it answers", () => {
    const scope = signal({ range: { from: "now-1h", to: "now" }, filters: ["span.a = 1"] });
    const answers = createAnswers(scope);
    const cell = newCell("latency", "l") as CellOf<"latency">;
    const answer = { answer: { series: [] }, selection: null };
    expect(answers.of(cell)).toBeNull();
    answers.keep("l", questionOf(cell, scope.peek())!, answer);
    expect(answers.of({ ...cell, title: "another title" })).toBe(answer);
    expect(answers.of({ ...cell, by: ["name"] })).toBeNull();
    scope.value = { ...scope.peek(), filters: [] };
    expect(answers.of(cell)).toBeNull();
    scope.value = { ...scope.peek(), filters: ["span.a = 1"] };
    expect(answers.of(cell)).toBe(answer);
    answers.clear();
    expect(answers.of(cell)).toBeNull();
  });
});

describe("the series of a metrics query", () => {
  const attribute = (name: string, type: string) => ({ name, scope: "", type, count: 1, distinct: null });

  it("become filters whose values have their own type", () => {
    const labels = { "k8s:code": 201, "k8s:watch": false, "span.pid": "201", status: "error", duration: "1.5s", "span.none": null, "span.empty": "", p: 0.99 };
    const read = readSeriesAnswer(success<unknown>({ series: [{ labels, points: [] }] }));
    if (!read.ok) throw new Error(read.failure.message);
    expect(labelClauses(read.value[0]!.labels, [attribute("duration", "duration"), attribute("span.pid", "int")])).toEqual([
      "k8s:code = 201", "k8s:watch = false", 'span.pid = "201"', "status = error", "duration = 1.5s", "span.none = nil", 'span.empty = ""',
    ]);
    expect(labelsText(read.value[0]!.labels.slice(0, 2))).toBe("k8s:code=201, k8s:watch=false");
  });
});

describe("a queue", () => {
  const later = () => {
    let done = (_: string) => {};
    const promise = new Promise<string>((resolve) => (done = resolve));
    return { promise, done };
  };
  const settle = () => new Promise((resolve) => setTimeout(resolve));

  it("runs so many at once, and never what was cancelled while it waited", async () => {
    const queue = createQueue(2);
    const tasks = [later(), later(), later(), later()];
    const started: number[] = [];
    const controllers = tasks.map(() => new AbortController());
    const results = tasks.map((task, index) =>
      queue.run(() => (started.push(index), task.promise), controllers[index]!.signal, () => "cancelled"),
    );
    await settle();
    expect(started).toEqual([0, 1]);
    controllers[2]!.abort();
    expect(await results[2]).toBe("cancelled");
    tasks[0]!.done("a");
    // One that comes now does not overtake the one that waits, nor take its place.
    const last = queue.run(async () => (started.push(4), "e"), new AbortController().signal, () => "cancelled");
    await settle();
    expect(started).toEqual([0, 1, 3]);
    tasks[1]!.done("b");
    tasks[3]!.done("d");
    expect(await Promise.all([...results, last])).toEqual(["a", "b", "cancelled", "d", "e"]);
  });

  it("goes on after a task that throws", async () => {
    const queue = createQueue(1);
    const { signal } = new AbortController();
    await expect(queue.run(() => Promise.reject(new Error("x")), signal, () => null)).rejects.toThrow("x");
    expect(await queue.run(async () => 1, signal, () => null)).toBe(1);
  });
});

describe("drafts", () => {
  beforeEach(() => window.localStorage.clear());
  const draft = (title: string, at: number) => ({ revision: 3, at, document: { ...emptyDocument(), title } });

  it("come back, and are bounded in number", () => {
    for (let index = 0; index < 30; index++) expect(keepDraft(window.localStorage, `n${index}`, draft(`t${index}`, index))).toBe(true);
    expect(readDraft(window.localStorage, "n29")).toEqual(draft("t29", 29));
    expect(readDraft(window.localStorage, "n0")).toBeNull();
    expect(window.localStorage.length).toBe(20);
  });

  it("are bounded in size, and what is broken is none", () => {
    expect(keepDraft(window.localStorage, UNSAVED, draft("x".repeat(1_100_000), 1))).toBe(false);
    window.localStorage.setItem("tailplane.draft.odd", '{"revision":"x"}');
    expect(readDraft(window.localStorage, "odd")).toBeNull();
  });
});

describe("tables", () => {
  it("hold the figures of an answer", () => {
    const latency = tableOf({ ...(newCell("latency", "l") as CellOf<"latency">), by: ["k8s:verb"] }, latencyAnswer(["k8s:verb"]) as never);
    expect(latency).toMatchObject({ ok: true, value: { columns: [{ name: "slot" }, { name: "series" }, { name: "spans" }, { name: "errors" }, { name: "p50_ns" }, { name: "p99_ns" }] } });
    const requests = tableOf({ ...(newCell("latency", "l") as CellOf<"latency">), rows: "requests" }, latencyAnswer([]) as never);
    expect(requests).toMatchObject({ ok: true, value: { columns: [{ name: "slot" }, { name: "series" }, { name: "requests" }, { name: "errors" }, { name: "p50_ns" }, { name: "p99_ns" }] } });
    if (requests.ok) expect(requests.value.rows[0]?.[1]).toBe("all requests");
    const traces = tableOf(newCell("traces", "t"), queryAnswer({ lang: "traceql", text: "{ }" })[1] as never);
    expect(traces).toMatchObject({ ok: true });
    if (traces.ok) expect(traces.value.rows[0]?.[3]).toBe(1_000_000);
    expect(tableOf(newCell("sql", "q"), { columns: 1 })).toMatchObject({ ok: false, failure: { kind: "malformed" } });
  });

  it("are sorted by size, with what is missing last", () => {
    const table = { columns: [{ name: "n", isNumber: true }], rows: [[10], [null], [9], [100]] };
    expect(sorted(table, 0, true).flat()).toEqual([9, 10, 100, null]);
    expect(sorted(table, 0, false).flat()).toEqual([100, 10, 9, null]);
  });

  it("become CSV without formulas", () => {
    const table = { columns: [{ name: "a,b", isNumber: false }, { name: "n", isNumber: true }], rows: [["=1+1", -2], ['say "x"', null]] };
    expect(csvOf(table)).toBe('"a,b",n\r\n\'=1+1,-2\r\n"say ""x""",\r\n');
  });
});

describe("lines", () => {
  const at = (second: number, value: number) => ({ t: BigInt(second) * 1_000_000_000n, value });

  it("break where a slot is missing", () => {
    const [path = ""] = drawLines([{ name: "a", points: [at(0, 1), at(10, 2), at(40, 3), at(50, 1)] }], { width: 400, height: 200 }).paths;
    expect(path.match(/M/g)?.length).toBe(2);
    expect(path.match(/L/g)?.length).toBe(2);
  });

  it("stay within the plot, negative values too", () => {
    const { paths, plot } = drawLines([{ name: "a", points: [at(0, -5), at(10, 20)] }], { width: 400, height: 200 });
    const places = [...paths[0]!.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
    for (const [x, y] of places) expect(x >= plot.left && x <= plot.right && y >= plot.top && y <= plot.bottom).toBe(true);
  });

  it("have round steps", () => {
    expect(niceSteps(0, 97)).toEqual([0, 50, 100]);
    expect(niceSteps(0, 0.9)).toEqual([0, 0.5, 1]);
    expect(niceSteps(3, 3)).toEqual([3, 4]);
    expect([0, 1234, 56_780, 0.00002, 0.25].map(formatValue)).toEqual(["0", "1234", "56.78 k", "2.00e-5", "0.25"]);
  });
});

describe("markdown", () => {
  it("is rendered without HTML, pictures or scripts of its own", () => {
    const host = document.createElement("div");
    host.replaceChildren(renderMarkdown('# A\n\n<img src=x onerror=alert(1)>\n\n![p](https://evil/x.png) [l](javascript:alert(1)) [ok](https://k8s.io)\n\n- [x] done'));
    expect(host.querySelector("img, script, input")).toBeNull();
    expect(host.querySelector("h3")?.textContent).toBe("A");
    expect(host.textContent).toContain("<img src=x onerror=alert(1)>");
    expect([...host.querySelectorAll("a")].map((link) => [link.getAttribute("href"), link.rel])).toEqual([
      [null, "noopener noreferrer"], ["https://k8s.io", "noopener noreferrer"],
    ]);
  });

  it("is the same in an exported page, which has no script and nothing from elsewhere", () => {
    const hostile = '<script>alert(1)</script>"\'&';
    const cell = { ...(newCell("markdown", "m") as CellOf<"markdown">), title: hostile, text: hostile };
    const sql = { ...(newCell("sql", "q") as CellOf<"sql">), query: hostile };
    const table = { columns: [{ name: hostile, isNumber: false }], rows: [[hostile]] };
    const page = exportedPage({
      title: hostile, about: hostile, time: hostile,
      cells: [{ cell, title: hostile, question: "", answer: null, table: null, problem: null }, { cell: sql, title: "q", question: hostile, answer: null, table, problem: null }],
    });
    const parsed = new DOMParser().parseFromString(page, "text/html");
    expect(parsed.querySelector("script, [src], [onerror], link")).toBeNull();
    expect(parsed.querySelector("h1")?.textContent).toBe(hostile);
    expect(parsed.querySelector("td")?.textContent).toBe(hostile);
    expect(markdownText("**b**")).toContain("<strong>b</strong>");
  });

  it("of answers is text alone in exported Markdown: no markup, picture, code or cell comes of it", () => {
    const hostile = "<img src=x> [a](https://evil) ![b](https://evil/z.png) `c` **d** _e_ | f \\| g &lt; \u202e\n# h";
    const sql = { ...(newCell("sql", "q") as CellOf<"sql">), query: "SELECT 1" };
    const table = { columns: [{ name: "value", isNumber: false }, { name: "n", isNumber: true }], rows: [[hostile, -5]] };
    const text = exportedMarkdown({
      title: hostile, about: hostile, time: "now",
      cells: [{ cell: sql, title: hostile, question: "````\n<b>out</b>", answer: null, table, problem: null }],
    });
    const host = document.createElement("div");
    host.replaceChildren(renderMarkdown(text));
    const shown = "<img src=x> [a](https://evil) ![b](https://evil/z.png) `c` **d** _e_ | f \\| g &lt; ⟨U+202E⟩ # h";
    expect([...host.querySelectorAll("td")].map((cell) => cell.textContent)).toEqual([shown, "-5"]);
    expect(host.querySelector("pre")?.textContent).toBe("````\n<b>out</b>\n");
    expect([...host.querySelectorAll("h3, h4")].map((heading) => heading.textContent)).toEqual([shown, shown]);
    expect(host.querySelector("img, b, em, strong, p code, td code, h3 code")).toBeNull();
  });
});

describe("home", () => {
  const now = 1_795_000_000_000_000_000n;

  it("orders components by the way of a request, and knows who is silent", () => {
    const answer = readLatencyAnswer(success<unknown>(latencyAnswer(["k8s:component"])), ["k8s:component"]);
    if (!answer.ok) throw new Error(answer.failure.message);
    const named = ["kubelet", "etcd", "apiserver", "proxy"];
    const series = answer.value.series.slice(0, 4).map((item, index) => ({ ...item, labels: [["k8s:component", named[index]!] as const] }));
    const tiles = tilesOf({ ...answer.value, series }, now + 30_000_000_000n);
    expect(tiles.map(({ component }) => component)).toEqual(["apiserver", "etcd", "kubelet", "proxy"]);
    expect(tiles.every(({ isSilent }) => !isSilent)).toBe(true);
    // Of all its minutes: p99 of slots cannot be put together again.
    expect(tiles[0]!.p99Ns).toBe(series[2]!.total!.quantiles.get("0.99"));
    expect(tilesOf({ ...answer.value, series }, now + 600_000_000_000n).every(({ isSilent }) => isSilent)).toBe(true);
  });

  it("asks for no more slots than a tile can show, for all of them together, and for no exemplars", async () => {
    const asked: URLSearchParams[] = [];
    vi.stubGlobal("fetch", async (url: URL) => {
      asked.push(url.searchParams);
      return new Response(JSON.stringify(latencyAnswer(["k8s:component"])));
    });
    const tiles = await fetchTiles("tiles", new AbortController().signal, () => undefined);
    vi.unstubAllGlobals();
    expect(tiles.ok && tiles.value.length).toBeGreaterThan(0);
    expect(asked.map((parameters) => [parameters.get("step"), parameters.get("exemplars"), parameters.get("total")])).toEqual([["15s", "0", "true"]]);
  });

  it("leads to the notebook about a component where there is one", () => {
    expect(tileLink("etcd", new Set(["etcd"]))).toBe("?v=nb&id=etcd");
    expect(tileLink("etcd", new Set())).toMatch(/^\?by=name&from=now-15m&to=now&f=k8s%3Acomponent/);
    expect(tileLink("constructor", new Set())).toMatch(/^\?by=name/);
  });

  it("finds notebooks by words and tag", () => {
    const entry = (title: string, tags: readonly string[]) => ({ id: title, title, about: "", tags, revision: 1, updatedAt: null, isBuiltIn: true });
    const all = [entry("API latency", ["api"]), entry("What etcd adds", ["etcd", "api"])];
    expect(foundNotebooks(all, "ADDS etcd", null).map(({ id }) => id)).toEqual(["What etcd adds"]);
    expect(foundNotebooks(all, "", "api").length).toBe(2);
    const begin = { ...all[0]!, id: "triage", isBuiltIn: true, tags: ["home"] };
    expect(foundNotebooks([...all, begin], "", null)[0]).toBe(begin);
  });
});

it("the latest revision is read out of a conflict", () => {
  const notebook: NotebookDocument = emptyDocument();
  const latest = { id: "a", revision: 8, updated_at: "1795000000000000000", is_built_in: false, notebook };
  expect(latestOf({ kind: "conflict", message: "x", answer: { latest } })).toMatchObject({ revision: 8 });
  expect(latestOf({ kind: "conflict", message: "x", answer: { error: {} } })).toBeNull();
});
