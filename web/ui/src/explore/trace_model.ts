// What the drawer needs of a page: the open trace, its neighbours on a chart, and the steps out of it.
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { Exemplar } from "../api/latency";
import type { Trace, TraceRequest } from "../api/trace";
import type { Query } from "../base/query";
import type { OpenTrace } from "./view";

/** What one trace needs, wherever it is shown. */
export interface TraceSteps {
  readonly pathOnly: ReadonlySignal<boolean>;
  readonly togglePathOnly: () => void;
  readonly selectSpan: (spanId: string) => void;
  readonly addClause: (clause: string) => void;
  readonly groupBy: (name: string) => void;
  readonly openTrace: (traceId: string, spanId: string | null, near: string | null) => void;
}

export interface TraceModel extends TraceSteps {
  readonly view: ReadonlySignal<{ readonly open: OpenTrace | null }>;
  readonly trace: Query<TraceRequest, Trace>;
  readonly selected: ReadonlySignal<Exemplar | null>;
  readonly shown: ReadonlySignal<readonly Exemplar[]>;
  readonly origin: ReadonlySignal<HTMLElement | null>;
  readonly fullPage: Signal<boolean>;
  readonly stepExemplar: (direction: -1 | 1) => void;
  readonly retryTrace: () => void;
}
