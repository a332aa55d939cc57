// The tools over a waterfall: search, the steps to errors and along the critical path, zoom, and opening everything.
import type { TargetedKeyboardEvent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { formatCount, formatQuantity } from "../base/format";
import { Button, IconButton } from "../widgets/button";
import { ErrorIcon, ExpandIcon, LinkedFromIcon, NextIcon, PreviousIcon, ZoomInIcon, ZoomOutIcon } from "../widgets/icons";
import { rowOf } from "./folding";
import { ownPart } from "./own_part";
import type { RelatedState } from "./related";
import type { TraceModel } from "./trace_model";

interface TraceToolsProps {
  readonly model: TraceModel;
  readonly onTogglePathOnly: () => void;
}

export function TraceTools({ model, onTogglePathOnly }: TraceToolsProps) {
  const failed = model.failed.value.length;
  const hasPath = model.path.size > 0;
  return (
    <div class="trace-tools">
      <Search model={model} />
      <span class="tool-group">
        <Button class="quiet" disabled={failed === 0} title="Next error (E)" onClick={() => model.stepError(1)}>
          <ErrorIcon /> {failed === 0 ? "no errors" : formatQuantity(failed, "error")}
        </Button>
      </span>
      <span class="tool-group" role="group" aria-label="Critical path">
        <IconButton label="Before on the critical path (,)" disabled={!hasPath} onClick={() => model.stepPath(-1)}>
          <PreviousIcon />
        </IconButton>
        <Button
          class="path-toggle"
          pressed={model.onlyPath.value}
          disabled={!hasPath}
          title="Bars have a line through them where they are on the critical path (c)"
          onClick={onTogglePathOnly}
        >
          <span class="path-sample" aria-hidden="true" /> critical path only
        </Button>
        <IconButton label="Next on the critical path (.)" disabled={!hasPath} onClick={() => model.stepPath(1)}>
          <NextIcon />
        </IconButton>
      </span>
      <span class="tool-group" role="group" aria-label="Time shown">
        <IconButton label="Zoom in (w in the waterfall)" onClick={() => model.zoom(0.5)}>
          <ZoomInIcon />
        </IconButton>
        <IconButton label="Zoom out (s in the waterfall)" disabled={model.isFit.value} onClick={() => model.zoom(2)}>
          <ZoomOutIcon />
        </IconButton>
        <Button class="quiet" disabled={model.isFit.value} title="Show all of the time (F)" onClick={model.fit}>
          Fit
        </Button>
      </span>
      <IconButton label="Open or close everything below this row (*)" onClick={model.flipBelow}>
        <ExpandIcon />
      </IconButton>
      <Related model={model} />
    </div>
  );
}

/** Traces that belong to this one though no span of it says so: they link to it, or have an audit id of it. */
function Related({ model }: { readonly model: TraceModel }) {
  const state = model.related.value;
  const isAsked = typeof state === "object" && "found" in state;
  return (
    <span class="tool-group">
      <Button
        class="quiet"
        disabled={state === "loading" || isAsked}
        title="Looks for traces that link to this one or have the same audit id, from 10 min before it to 10 min after it"
        onClick={() => void model.findRelated()}
      >
        <LinkedFromIcon /> Find related traces
      </Button>
      <span class="related-said muted" role="status">
        {relatedWords(state)}
      </span>
    </span>
  );
}

/** "" before it was asked for. */
export function relatedWords(state: RelatedState): string {
  if (state === "not_asked") return "";
  if (state === "loading") return "looking for them";
  if ("message" in state) return state.message;
  if (state.found === 0) return "none within 10 min";
  return `${formatQuantity(state.found, "trace")}, each a row under its span${state.hasMore ? "; there are more" : ""}`;
}

/** A search of a large trace waits until the reader pauses. */
const PAUSE_MS = 150;

function Search({ model }: { readonly model: TraceModel }) {
  const [text, setText] = useState(model.query.peek());
  useEffect(() => {
    const timer = setTimeout(() => (model.query.value = text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const found = model.found.value;
  const at = rowOf(found, model.shown.value);
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") {
      model.query.value = text;
      model.stepFound(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape" && text !== "") {
      event.stopPropagation();
      setText("");
    } else if (event.key === "Escape") {
      event.stopPropagation();
      ownPart(event.currentTarget, '[role="treegrid"]')?.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <span class="trace-search" role="search" aria-label="Search in this trace">
      <input
        type="search"
        aria-label="Search in this trace"
        placeholder="name, attribute or value"
        title="Search in this trace (/ in the waterfall); Enter and n go on, N goes back"
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <span class="trace-search-count muted" role="status">
        {foundWords(model.query.value, found.length, at)}
      </span>
      <IconButton label="Previous match (N)" disabled={found.length === 0} onClick={() => model.stepFound(-1)}>
        <PreviousIcon />
      </IconButton>
      <IconButton label="Next match (n)" disabled={found.length === 0} onClick={() => model.stepFound(1)}>
        <NextIcon />
      </IconButton>
    </span>
  );
}

/** "3 of 17", "17 found" while none of them is selected, "none found", "" without a search. */
export function foundWords(query: string, found: number, at: number): string {
  if (query.trim() === "") return "";
  if (found === 0) return "none found";
  return at < 0 ? `${formatCount(found)} found` : `${formatCount(at + 1)} of ${formatCount(found)}`;
}
