// What a row of the waterfall says, as plain values: for a span, a run of similar ones, a link, or what has no parent.
import type { Span } from "../api/trace";
import { visibleName } from "../base/foreign_text";
import { formatCount, formatDuration } from "../base/format";
import { palette } from "../base/theme";
import { colourOf, isSpliced } from "./bars";
import { pathNote } from "./critical_path";
import { canOpen, isOpen, rowOf as placeIn } from "./folding";
import { linkSentence } from "./link_sentence";
import { runCount, runFigures } from "./runs";
import { skewOf } from "./skew";
import type { TraceModel } from "./trace_model";
import { NODE } from "./tree";

export interface RowContent {
  readonly node: number;
  readonly kind: number;
  readonly level: number;
  readonly position: number;
  readonly setSize: number;
  /** Null where there is nothing below. */
  readonly open: boolean | null;
  /** Before the name, in plain type. */
  readonly prefix: string;
  readonly name: string;
  readonly title: string;
  readonly colour: string | null;
  readonly failed: boolean;
  readonly badges: readonly { readonly label: string; readonly title: string }[];
  readonly offset: string;
  readonly duration: string;
  readonly self: string;
  /** What the row says of the critical path, or "". */
  readonly pathNote: string;
  readonly isSpliced: boolean;
  readonly isFound: boolean;
}

type Own = Pick<RowContent, "prefix" | "name" | "title" | "failed" | "badges" | "offset" | "duration" | "self" | "pathNote">;

export function rowContent(model: TraceModel, node: number): RowContent {
  const tree = model.tree.peek();
  const all = model.all.peek();
  const kind = tree.kinds[node]!;
  const subject = tree.subjects[node]!;
  return {
    node,
    kind,
    level: tree.levels[node]!,
    position: tree.positions[node]!,
    setSize: tree.setSizes[node]!,
    open: canOpen(tree, node) ? isOpen(tree, node, model.flipped.peek()) : null,
    colour: colourOf(all, tree, node, palette.peek()),
    isSpliced: isSpliced(all, tree, node),
    isFound: isFound(model, node),
    ...ownContent(model, kind, subject),
  };
}

/** A run is found where one of its spans is. */
function isFound(model: TraceModel, node: number): boolean {
  const found = model.found.peek();
  if (found.length === 0) return false;
  const tree = model.tree.peek();
  const subject = tree.subjects[node]!;
  if (tree.kinds[node] === NODE.span) return placeIn(found, subject) >= 0;
  return tree.kinds[node] === NODE.run && tree.runs[subject]!.members.some((member) => placeIn(found, member) >= 0);
}

const NOTHING: Own = { prefix: "", name: "", title: "", failed: false, badges: [], offset: "", duration: "", self: "", pathNote: "" };

function ownContent(model: TraceModel, kind: number, subject: number): Own {
  if (kind === NODE.span) return spanContent(model, model.all.peek().spans[subject]!);
  if (kind === NODE.run) return runContent(model, subject);
  if (kind === NODE.link) return { ...NOTHING, ...linkSentence(model, subject) };
  const name = `without parent (${formatCount(model.tree.peek().orphans)})`;
  return { ...NOTHING, name, title: ORPHANS_EXPLAINED };
}

export const ORPHANS_EXPLAINED =
  "These spans name a parent that is not here: it was not sampled, was lost on the way, is still running, or was made by something that sends its spans elsewhere. Where they belong is therefore not known; their times are their own.";

function spanContent(model: TraceModel, span: Span): Own {
  const skew = skewOf(span);
  const badges = [];
  if (span.orphan && model.tree.peek().orphans === 0) badges.push({ label: "parent not received", title: ORPHANS_EXPLAINED });
  if (skew !== null) badges.push({ label: skew.label, title: skew.sentence });
  return {
    prefix: "",
    name: visibleName(span.name),
    title: `${visibleName(span.service)}: ${visibleName(span.name)}`,
    failed: span.status === "error",
    badges,
    offset: formatDuration(span.offsetNs),
    duration: formatDuration(span.durationNs),
    self: formatDuration(span.selfNs),
    pathNote: pathNote(model.path, span),
  };
}

function runContent(model: TraceModel, subject: number): Own {
  const run = model.tree.peek().runs[subject]!;
  const spans = model.all.peek().spans;
  const name = visibleName(spans[run.members[0]!]!.name);
  const onPathNs = run.members.reduce((sum, member) => sum + (model.path.get(spans[member]!)?.totalNs ?? 0), 0);
  return {
    prefix: runCount(run),
    name: `${name} · ${runFigures(run)}`,
    title: `${runCount(run)} ${name} · ${runFigures(run)}`,
    failed: run.errors > 0,
    badges: run.errors > 0 ? [{ label: `${formatCount(run.errors)} failed`, title: `${formatCount(run.errors)} of these spans failed` }] : [],
    offset: formatDuration(run.fromNs),
    duration: formatDuration(run.toNs - run.fromNs),
    self: "",
    pathNote: onPathNs > 0 ? `on the critical path: ${formatDuration(onPathNs)}` : "",
  };
}
