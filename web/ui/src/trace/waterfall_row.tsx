// One row of the waterfall: its place in the tree, name, marks, offset, duration and own time. The bar is on the canvas.
import { ErrorIcon, LinkIcon, LinkedFromIcon } from "../widgets/icons";
import { ROW_PX } from "./bars";
import { FROM_ELSEWHERE } from "./link_sentence";
import type { RowContent } from "./row_content";
import type { TraceModel } from "./trace_model";
import { NODE } from "./tree";

interface WaterfallRowProps {
  readonly id: string;
  readonly content: RowContent;
  readonly index: number;
  readonly selected: boolean;
  readonly model: TraceModel;
}

const INDENT_PX = 12;
/** Deeper rows keep this indent, so that names stay in view; their level is said. */
const INDENT_LEVELS_MAX = 12;

export function WaterfallRow({ id, content, index, selected, model }: WaterfallRowProps) {
  const { kind, level, node } = content;
  const indent = Math.min(level - 1, INDENT_LEVELS_MAX) * INDENT_PX;
  const marks = [selected ? "selected" : "", content.isSpliced ? "spliced" : "", content.isFound ? "found" : ""].join(" ");
  return (
    <div
      id={id}
      class={`waterfall-row ${marks}`}
      role="row"
      aria-level={level}
      aria-rowindex={index + 1}
      aria-posinset={content.position}
      aria-setsize={content.setSize}
      aria-expanded={content.open ?? undefined}
      aria-selected={selected}
      style={{ transform: `translateY(${index * ROW_PX}px)` }}
      onClick={() => {
        model.select.node(node);
        if (kind === NODE.run || kind === NODE.link) model.toggle(node);
      }}
    >
      <span role="gridcell" class="waterfall-name" style={{ paddingLeft: `${indent}px` }}>
        <Toggle content={content} model={model} />
        {content.colour !== null && <span class="swatch" style={{ backgroundColor: content.colour }} />}
        {content.failed && (
          <span class="error-text" role="img" aria-label="error">
            <ErrorIcon />
          </span>
        )}
        {kind === NODE.link && (
          <span class="muted" role="img" aria-label={content.prefix === FROM_ELSEWHERE ? "related trace" : "link to another trace"}>
            {content.prefix === FROM_ELSEWHERE ? <LinkedFromIcon /> : <LinkIcon />}
          </span>
        )}
        {kind === NODE.run && <b>{content.prefix}</b>}
        <bdi class={`waterfall-text ${kind === NODE.span ? "" : "waterfall-note"}`} title={content.title}>
          {content.name}
        </bdi>
        {content.badges.map(({ label, title }) => (
          <span key={label} class="badge" title={title} role="img" aria-label={title}>
            {label}
          </span>
        ))}
      </span>
      <span role="gridcell" class="number muted waterfall-offset">{content.offset}</span>
      <span role="gridcell" class="number">{content.duration}</span>
      <span role="gridcell" class="number muted waterfall-self">{content.self}</span>
      <span role="gridcell" class="waterfall-bar-cell" title={content.pathNote}>
        {content.pathNote !== "" && <span class="visually-hidden">{content.pathNote}</span>}
      </span>
    </div>
  );
}

/** Pointer only: keys open and close through the row, so this is no control of its own. */
function Toggle({ content, model }: { readonly content: RowContent; readonly model: TraceModel }) {
  if (content.open === null) return <span class="waterfall-toggle" />;
  return (
    <span
      class={`waterfall-toggle ${content.open ? "open" : "closed"}`}
      aria-hidden="true"
      onClick={(event) => {
        event.stopPropagation();
        model.toggle(content.node);
      }}
    />
  );
}
