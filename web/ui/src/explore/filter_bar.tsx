// The filter: its clauses as chips, or the whole as text, with the server's objection under it.
import { useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { joinClauses, splitFilter } from "../base/clauses";
import { Button } from "../widgets/button";
import { ClauseChip } from "./clause_chip";
import { ClauseEditor } from "./clause_editor";
import { DEFAULT_CLAUSES, isDefaultFilter } from "./default_view";
import type { Model } from "./model";
import { QueryError } from "./query_error";

export function FilterBar({ model }: { readonly model: Model }) {
  const asText = useSignal(false);
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
          <Button class="quiet" pressed={asText.value} title="Edit the filter as TraceQL" onClick={() => (asText.value = !asText.value)}>
            TraceQL
          </Button>
        </span>
      </div>
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

/** Stays open until the server takes the filter, so that what it objects to can be corrected at once. */
function FilterText({ model, onDone }: { readonly model: Model; readonly onDone: () => void }) {
  const [text, setText] = useState(joinClauses(model.view.peek().clauses));
  const shown = useRef(model.view.peek().clauses);
  const area = useRef<HTMLTextAreaElement>(null);
  const applied = useRef(false);
  const { clauses } = model.view.value;
  const { loading, failure } = model.latency.state.value;
  useEffect(() => area.current?.focus(), []);
  useEffect(() => {
    if (shown.current !== clauses) setText(joinClauses(clauses));
    shown.current = clauses;
  }, [clauses]);
  useEffect(() => {
    if (!applied.current || loading) return;
    applied.current = false;
    if (failure?.kind !== "invalid") onDone();
  }, [loading, clauses]);
  const apply = () => {
    applied.current = true;
    model.change({ clauses: splitFilter(text) });
  };
  return (
    <div class="filter-text">
      <textarea
        ref={area}
        aria-label="Filter in TraceQL; Enter applies, Escape leaves it as it was"
        rows={Math.max(2, Math.ceil(text.length / 110))}
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            apply();
          } else if (event.key === "Escape") {
            event.stopPropagation();
            onDone();
          }
        }}
      />
      <Button class="primary" onClick={apply}>
        Apply
      </Button>
    </div>
  );
}
