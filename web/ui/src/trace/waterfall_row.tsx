// One span in the waterfall: its place in the tree, name, marks, offset and duration. The bar is on the canvas.
import type { Span } from "../api/trace";
import { formatDuration } from "../base/format";
import { palette } from "../base/theme";
import { ErrorIcon, LinkIcon } from "../widgets/icons";
import { ROW_PX } from "./bars";
import { skewOf } from "./skew";
import type { TreeRow } from "./tree";

interface WaterfallRowProps {
  readonly id: string;
  readonly span: Span;
  /** What the row says of the critical path, or "". */
  readonly pathNote: string;
  readonly row: TreeRow;
  readonly index: number;
  readonly selected: boolean;
  readonly onSelect: (spanId: string) => void;
  readonly onToggle: (span: number) => void;
}

const INDENT_PX = 12;
/** Deeper rows keep this indent, so that names stay in view. */
const INDENT_LEVELS_MAX = 12;

export function WaterfallRow({ id, span, pathNote, row, index, selected, onSelect, onToggle }: WaterfallRowProps) {
  const skew = skewOf(span);
  const indent = Math.min(row.level - 1, INDENT_LEVELS_MAX) * INDENT_PX;
  return (
    <div
      id={id}
      class={`waterfall-row ${selected ? "selected" : ""}`}
      role="row"
      aria-level={row.level}
      aria-rowindex={index + 1}
      aria-posinset={row.positionInSet}
      aria-setsize={row.setSize}
      aria-expanded={row.hasChildren ? row.expanded : undefined}
      aria-selected={selected}
      style={{ transform: `translateY(${index * ROW_PX}px)` }}
      onClick={() => onSelect(span.spanId)}
    >
      <span role="gridcell" class="waterfall-name" style={{ paddingLeft: `${indent}px` }}>
        <Toggle row={row} onToggle={onToggle} />
        <span class="swatch" style={{ backgroundColor: palette.value.components[span.component] }} />
        {span.status === "error" && (
          <span class="error-text" role="img" aria-label="error">
            <ErrorIcon />
          </span>
        )}
        <span class="waterfall-text" title={`${span.service}: ${span.name}`}>
          {span.name}
        </span>
        {span.orphan && <span class="badge">parent not received</span>}
        {skew !== null && (
          <span class="badge" title={skew.sentence} role="img" aria-label={skew.sentence}>
            {skew.label}
          </span>
        )}
        {span.links.length > 0 && (
          <span class="muted" role="img" aria-label="has links">
            <LinkIcon />
          </span>
        )}
      </span>
      <span role="gridcell" class="number muted">{formatDuration(span.offsetNs)}</span>
      <span role="gridcell" class="number">{formatDuration(span.durationNs)}</span>
      <span role="gridcell" class="waterfall-bar-cell" title={pathNote}>
        <span class="visually-hidden">{pathNote}</span>
      </span>
    </div>
  );
}

/** Pointer only: keys fold and unfold through the row, so this is no control of its own. */
function Toggle({ row, onToggle }: { readonly row: TreeRow; readonly onToggle: (span: number) => void }) {
  if (!row.hasChildren) return <span class="waterfall-toggle" />;
  return (
    <span
      class="waterfall-toggle"
      aria-hidden="true"
      onClick={(event) => {
        event.stopPropagation();
        onToggle(row.span);
      }}
    >
      <svg viewBox="0 0 8 8" width="8" height="8" class={row.expanded ? "open" : ""}>
        <path d="M2 1l4 3-4 3z" fill="currentColor" />
      </svg>
    </span>
  );
}
