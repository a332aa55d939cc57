// What holds for every cell: the time and the filters, which are the document's unless the address says otherwise.
import { type ReadonlySignal, computed } from "@preact/signals";
import { type AttributeInfo, type AttributesRequest, fetchAttributes } from "../api/attributes";
import type { LatencySeries } from "../api/latency";
import { joinClauses } from "../base/clauses";
import { createQuery } from "../base/query";
import { seriesClauses } from "../explore/compare_steps";
import type { Range } from "../explore/view";
import type { NotebookView } from "./address";
import type { NotebookDocument } from "./document";

export type ChangeView = (patch: Partial<NotebookView>, how?: "push" | "replace") => void;

export function createScopeSteps(view: ReadonlySignal<NotebookView>, document: ReadonlySignal<NotebookDocument>, change: ChangeView) {
  const range = computed<Range>(() => view.value.range ?? { from: document.value.time.from, to: document.value.time.to });
  const filters = computed(() => view.value.filters ?? document.value.filters);
  const refresh = computed(() => view.value.refresh ?? document.value.time.refresh);
  const scope = computed(() => ({ range: range.value, filters: filters.value }));
  const attributes = createQuery<AttributesRequest, readonly AttributeInfo[]>(fetchAttributes);

  const knownAttributes = async () => {
    await attributes.run({ filter: joinClauses(filters.peek()), start: range.peek().from, end: range.peek().to });
    return attributes.state.peek().value;
  };
  const addClauses = (added: readonly string[]) => {
    const fresh = added.filter((clause) => !filters.peek().includes(clause));
    if (fresh.length > 0) change({ filters: [...filters.peek(), ...fresh] });
  };

  return {
    range,
    filters,
    /** As the open trace calls them. */
    clauses: filters,
    refresh,
    scope,
    attributes,
    knownAttributes,
    loadAttributes: () => void knownAttributes(),
    addClauses,
    addClause: (clause: string) => addClauses([clause]),
    /** Keeps only the spans of one series. */
    async isolate(series: LatencySeries) {
      addClauses(seriesClauses(series, await knownAttributes()));
    },
    setRange: (next: Range) => change({ range: next }),
    setFilters: (next: readonly string[]) => change({ filters: next }),
  };
}
