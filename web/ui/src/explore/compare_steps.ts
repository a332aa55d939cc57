// The steps of a reader who compares: open, change, close.
import type { ReadonlySignal } from "@preact/signals";
import type { AttributeInfo } from "../api/attributes";
import type { LatencySeries } from "../api/latency";
import type { RowsOf } from "../base/rows";
import { fromSeconds, rfc3339 } from "../base/time";
import type { Selection } from "../charts/heatmap/box";
import { comparison, literalFromText } from "../base/traceql";
import { typeOf } from "./completion";
import { isOfRequests } from "./default_view";
import { scopeOf } from "./scope";
import type { Change } from "./model";
import type { CompareView, Range, View } from "./view";

export type LoadAttributes = () => Promise<readonly AttributeInfo[] | null>;

export function compareSteps(view: ReadonlySignal<View>, change: Change, attributes: LoadAttributes) {
  const open = (kind: CompareView["kind"], within: readonly string[], window: Range | null) => {
    change({ compare: { kind, of: rowsFor(view.peek(), within), within, window, band: null, selection: null } });
  };
  return {
    compareSlow: () => open("slow", [], null),
    async compareSeries(series: LatencySeries) {
      open("slow", seriesClauses(series, await attributes()), null);
    },
    compareTime: () => open("time", [], null),
    compareWindow: (from: number, to: number) => open("time", [], { from: rfc3339(fromSeconds(from)), to: rfc3339(fromSeconds(to)) }),
    /** The cells of a heatmap, whose spans are counted there, with the other spans of their time. */
    compareSelection({ from, to, lowNs, highNs }: Selection) {
      const window = { from: rfc3339(from), to: rfc3339(to) };
      const band = { low: Math.round(lowNs), high: highNs === Infinity ? null : Math.round(highNs) };
      change({ compare: { kind: "band", of: "spans", within: [], window, band, selection: null } });
    },
    /** The spans that meet a clause with all others of the filter. */
    compareValue: (clause: string) => change({ compare: { kind: "value", of: "spans", within: [], window: null, band: null, selection: clause } }),
    changeCompare(patch: Partial<CompareView>) {
      const { compare } = view.peek();
      if (compare !== null) change({ compare: { ...compare, ...patch } });
    },
    closeCompare: () => change({ compare: null }),
  };
}

/** What is compared to begin with: what the page shows. A row of a request knows more about it than its span does. */
function rowsFor({ tab, shares, clauses }: View, within: readonly string[]): RowsOf {
  if (tab === "shares") return shares.of;
  const all = [...clauses, ...within];
  return isOfRequests(all) && scopeOf("requests", all).left.length === 0 ? "requests" : "spans";
}

/** What the spans of one series meet. Its labels are text: the attributes' types say how to write them. */
export function seriesClauses(series: LatencySeries, known: readonly AttributeInfo[] | null): readonly string[] {
  return series.labels.map(([name, value]) =>
    comparison(name, "=", value === null ? null : literalFromText(name, value, typeOf(known, name))),
  );
}
