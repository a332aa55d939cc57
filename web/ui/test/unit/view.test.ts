import { describe, expect, it } from "vitest";
import { DEFAULT_BY, DEFAULT_CLAUSES, titleOf } from "../../src/explore/default_view";
import { type View, readView, writeView } from "../../src/explore/view";

describe("view in the URL", () => {
  it("is empty for the first view", () => {
    expect(writeView(readView(""))).toBe("");
    expect(readView("").clauses).toEqual(DEFAULT_CLAUSES);
  });

  it("comes back as it was", () => {
    const view: View = {
      clauses: ['name = "a&b=c#"', 'span.x !~ ".*[?&]y=(1|true).*"'],
      by: ["name", 'span."a,b"'],
      range: { from: "now-6h", to: "2026-11-18T11:06:40.123Z" },
      quantiles: ["0.9", "0.999"],
      refresh: "10s",
      chart: {
        measure: "errors",
        heatmap: true,
        scale: "linear",
        before: "24h",
        thresholds: ["1s", "250ms"],
        box: { from: 1_795_000_000_000_000_000n, to: 1_795_000_480_000_000_000n, lowNs: 640e6, highNs: Infinity },
      },
      table: true,
      theme: "dark",
      open: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", near: "1795000000000000000" },
      tab: "latency",
      shares: { of: "requests", by: null, before: false },
      compare: null,
    };
    expect(readView(writeView(view))).toEqual(view);
  });

  it("tells no filter and no grouping from the defaults", () => {
    const bare = { ...readView(""), clauses: [], by: [] };
    expect(readView(writeView(bare))).toEqual(bare);
  });

  it("keeps what an older link spelled out", () => {
    const link = `?f=${encodeURIComponent("kind = server")}&f=${encodeURIComponent('span.http.target !~ ".*[?&]watch=(1|true).*"')}&by=name`;
    expect(readView(link)).toMatchObject({ clauses: ["kind = server", 'span.http.target !~ ".*[?&]watch=(1|true).*"'], by: ["name"] });
    expect(writeView(readView(`?by=${encodeURIComponent("k8s:code,name")}`))).toBe("?by=k8s%3Acode%2Cname");
  });

  it("holds a comparison of a band of durations", () => {
    const compare = { kind: "band" as const, of: "spans" as const, within: [], window: { from: "now-10m", to: "now" }, band: { low: 640e6, high: null }, selection: null };
    const view = { ...readView(""), compare };
    expect(readView(writeView(view))).toEqual(view);
    expect(readView("?cmp=band&clow=1e9").compare).toBeNull();
  });

  it("drops what a chart does not understand", () => {
    expect(readView("?show=sum&chart=pie&axis=log2&before=soon&slo=1s&slo=fast&slo=1s&slo=0s&box=9_1_0_1").chart).toEqual({ ...readView("").chart, thresholds: ["1s"] });
  });

  it("drops what is not understood", () => {
    const view = readView("?trace=<script>&span=zz&q=0.7,abc&refresh=1s&theme=pink&from=now-1h");
    expect(view).toMatchObject({ open: null, quantiles: ["0.5", "0.99"], refresh: "off", theme: "system", range: { from: "now-1h", to: "now" } });
  });
});

describe("titleOf", () => {
  it("says what is timed only while the filter is the first view's", () => {
    const heading = (by: readonly string[]) => titleOf(DEFAULT_CLAUSES, by).heading;
    expect(heading(DEFAULT_BY)).toBe("API requests by verb and resource, without watches and streams");
    expect(heading([])).toBe("API requests, without watches and streams");
    expect(heading(["k8s:user_agent", "name", "k8s:code"])).toBe("API requests by user agent, name and code, without watches and streams");
    expect(titleOf(DEFAULT_CLAUSES, DEFAULT_BY).explanation).toMatch(/last byte written; streams are exec/);
    expect(titleOf(DEFAULT_CLAUSES.slice(1), ["name", "kind"]).heading).toBe("Span latency by name, kind");
    expect(titleOf([], []).heading).toBe("Span latency");
  });
});
