// What the drawer needs of a page: the open trace, its neighbours on a chart, the way back from links, and the steps out of it.
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { Exemplar } from "../api/latency";
import type { Trace, TraceRequest } from "../api/trace";
import type { Query } from "../base/query";
import type { Nanos } from "../base/time";
import type { Left } from "./link_steps";
import type { OpenTrace, Range } from "./view";

/** What one trace needs, wherever it is shown. */
export interface TraceSteps {
  /** The time and the filters of the page, for questions that a value leads to. */
  readonly range: ReadonlySignal<Range>;
  readonly clauses: ReadonlySignal<readonly string[]>;
  readonly addClause: (clause: string) => void;
  readonly groupBy: (name: string) => void;
  /** The spans with a value beside the others. */
  readonly compareValue: (clause: string) => void;
  readonly valuesOverTime: (name: string) => void;
  readonly followLink: (open: OpenTrace, heading: string) => void;
}

export interface TraceModel extends TraceSteps {
  readonly view: ReadonlySignal<{ readonly open: OpenTrace | null }>;
  readonly trace: Query<TraceRequest, Trace>;
  readonly selected: ReadonlySignal<Exemplar | null>;
  readonly shown: ReadonlySignal<readonly Exemplar[]>;
  readonly origin: ReadonlySignal<HTMLElement | null>;
  readonly trail: ReadonlySignal<readonly Left[]>;
  readonly goBackTo: (place: number) => void;
  readonly fullPage: Signal<boolean>;
  readonly pathOnly: ReadonlySignal<boolean>;
  readonly togglePathOnly: () => void;
  readonly selectSpan: (spanId: string) => void;
  readonly stepExemplar: (direction: -1 | 1) => void;
  readonly retryTrace: () => void;
  /** How far back spans are kept; null where that is not known. */
  readonly rawDataFrom: ReadonlySignal<Nanos | null>;
}
