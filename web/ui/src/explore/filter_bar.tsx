// The filter: its clauses as chips, or the whole as text, with the server's objection under it.
import { useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../widgets/button";
import { ClauseChip } from "./clause_chip";
import { ClauseEditor } from "./clause_editor";
import { DEFAULT_CLAUSES, isDefaultFilter } from "./default_view";
import { lazy } from "../widgets/lazy";
import type { Model } from "./model";
import { QueryError } from "./query_error";

const FilterText = lazy(() => import("./filter_text").then((module) => module.FilterText), 60);
const SqlView = lazy(() => import("../question/sql_view").then((module) => module.SqlView), 120);

export function FilterBar({ model }: { readonly model: Model }) {
  const asText = useSignal(false);
  const asSql = useSignal(false);
  const { clauses } = model.view.value;
  const { failure } = model.latency.state.value;
  return (
    <section class="filter" aria-label="Filter">
      <div class="filter-row">
        <span class="row-label">where</span>
        {asText.value ? <FilterText model={model} onDone={() => (asText.value = false)} /> : <Chips model={model} />}
        <span class="filter-modes">
          {!isDefaultFilter(clauses) && (
            <Button class="quiet" title="Back to the API server’s requests" onClick={() => model.change({ clauses: DEFAULT_CLAUSES })}>
              Reset
            </Button>
          )}
          <Button class="quiet" pressed={asSql.value} title="Show the filter as SQL" onClick={() => (asSql.value = !asSql.value)}>
            SQL
          </Button>
          <Button class="quiet" pressed={asText.value} title="Edit the filter as TraceQL" onClick={() => (asText.value = !asText.value)}>
            TraceQL
          </Button>
        </span>
      </div>
      {asSql.value && <SqlView clauses={clauses} range={model.range.value} />}
      {failure?.kind === "invalid" && <QueryError failure={failure} query={model.filter.value} />}
    </section>
  );
}

function Chips({ model }: { readonly model: Model }) {
  const { clauses } = model.view.value;
  const [editing, setEditing] = useState<number | null>(null);
  useEffect(() => setEditing(null), [clauses]);
  return (
    <ul class="chips">
      {clauses.map((clause, index) =>
        index === editing ? (
          <li key={`${index}${clause}`} class="chip-editor">
            <ClauseEditor
              model={model}
              label={`Edit ${clause}`}
              placeholder="attribute operator value"
              initial={clause}
              autoFocus
              context={clauses.filter((_, place) => place !== index)}
              onCommit={(edited) => {
                setEditing(null);
                model.replaceClause(index, edited);
              }}
              onCancel={() => setEditing(null)}
            />
          </li>
        ) : (
          <ClauseChip key={`${index}${clause}`} clause={clause} onEdit={() => setEditing(index)} onRemove={() => model.removeClause(index)} />
        ),
      )}
      <li class="chip-editor">
        <ClauseEditor
          model={model}
          label="Add a filter"
          placeholder="add a filter"
          initial=""
          autoFocus={false}
          context={clauses}
          onCommit={model.addClause}
          onCancel={() => undefined}
          onEraseBefore={() => model.removeClause(clauses.length - 1)}
        />
      </li>
    </ul>
  );
}
