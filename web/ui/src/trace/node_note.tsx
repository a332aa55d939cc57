// What there is to say of a row that is no span: a run of similar spans, a link, the spans without a parent.
import { visibleName } from "../base/foreign_text";
import { formatCount, formatDuration, formatQuantity } from "../base/format";
import { Button } from "../widgets/button";
import { isOpen } from "./folding";
import { linkSentence } from "./link_sentence";
import { ORPHANS_EXPLAINED } from "./row_content";
import type { Run } from "./runs";
import type { TraceModel } from "./trace_model";
import { NODE } from "./tree";

export interface OpenAlone {
  readonly traceId: string;
  readonly spanId: string;
  /** A time near it, in Unix nanoseconds. */
  readonly near: string;
}

interface NodeNoteProps {
  readonly model: TraceModel;
  readonly onOpenAlone: (target: OpenAlone) => void;
}

/** Nothing where the row is a span. */
export function NodeNote({ model, onOpenAlone }: NodeNoteProps) {
  const [tree, node] = [model.tree.value, model.activeNode.value];
  const subject = tree.subjects[node] ?? 0;
  switch (tree.kinds[node]) {
    case NODE.run:
      return <RunNote model={model} node={node} run={tree.runs[subject]!} />;
    case NODE.link:
      return <LinkNote model={model} node={node} link={subject} onOpenAlone={onOpenAlone} />;
    case NODE.orphans:
      return (
        <aside class="node-note" aria-label="About the chosen row">
          <h3>without parent ({formatCount(tree.orphans)})</h3>
          <p>{ORPHANS_EXPLAINED}</p>
        </aside>
      );
    default:
      return null;
  }
}

function RunNote({ model, node, run }: { readonly model: TraceModel; readonly node: number; readonly run: Run }) {
  const spans = model.all.value.spans;
  const longest = run.members.reduce((most, member) => (spans[member]!.durationNs > spans[most]!.durationNs ? member : most));
  return (
    <aside class="node-note" aria-label="About the chosen row">
      <h3>
        {formatCount(run.members.length)} × <bdi>{visibleName(spans[longest]!.name)}</bdi>
      </h3>
      <p>
        They took {formatDuration(run.totalNs)} added up, the longest {formatDuration(run.longestNs)}, within {formatDuration(run.toNs - run.fromNs)}.
        {run.errors > 0 && ` ${formatQuantity(run.errors, "span")} failed.`} The strip is the stronger, the more of them run.
      </p>
      <p class="node-actions">
        <Button onClick={() => model.toggle(node)}>{isOpen(model.tree.value, node, model.flipped.value) ? "Fold" : "Show each"}</Button>
        <Button onClick={() => model.select.span(longest)}>Go to the longest</Button>
      </p>
    </aside>
  );
}

interface LinkNoteProps extends NodeNoteProps {
  readonly node: number;
  readonly link: number;
}

function LinkNote({ model, node, link, onOpenAlone }: LinkNoteProps) {
  const { link: named, owner, how } = model.all.value.links[link]!;
  const state = model.linkStates.value.get(link);
  const failed = state !== undefined && state !== "loading";
  return (
    <aside class="node-note" aria-label="About the chosen row">
      <h3>
        {how === undefined ? "link to trace" : how === "links here" ? "link from trace" : "same audit id as trace"} <code>{named.traceId}</code>
      </h3>
      <p>
        {linkSentence(model, link).name}. Another trace has a sampling decision of its own, so it may not be here; it is drawn at its own time, by its own clocks.
      </p>
      <p class="node-actions">
        {failed ? (
          <Button onClick={() => void model.openLink(link)}>Try again</Button>
        ) : (
          <Button onClick={() => model.toggle(node)}>{isOpen(model.tree.value, node, model.flipped.value) ? "Fold" : "Show it here"}</Button>
        )}
        <Button
          onClick={() => onOpenAlone({ traceId: named.traceId, spanId: named.spanId, near: model.all.peek().spans[owner]!.start.toString() })}
        >
          Open it alone
        </Button>
      </p>
    </aside>
  );
}
