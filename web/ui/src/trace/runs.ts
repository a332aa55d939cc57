// Runs of similar siblings, which a waterfall shows as one row: what they add up to, and where their bars are dense.
import type { Span } from "../api/trace";
import { formatCount, formatDuration } from "../base/format";

/** From so many on, similar neighbours are one row. */
export const RUN_MIN = 5;

/** Siblings that follow each other, of one name and component. */
export interface Run {
  /** Places of the spans, in order. */
  readonly members: readonly number[];
  readonly totalNs: number;
  readonly longestNs: number;
  readonly errors: number;
  /** The time from the first start to the last end. */
  readonly fromNs: number;
  readonly toNs: number;
}

/** The siblings in order, those of a run as one. */
export function foldSimilar(spans: readonly Span[], siblings: readonly number[]): readonly (number | Run)[] {
  const items: (number | Run)[] = [];
  for (let from = 0; from < siblings.length; ) {
    let to = from + 1;
    while (to < siblings.length && isSimilar(spans[siblings[from]!]!, spans[siblings[to]!]!)) to++;
    const members = siblings.slice(from, to);
    if (members.length >= RUN_MIN) items.push(runOf(spans, members));
    else items.push(...members);
    from = to;
  }
  return items;
}

function isSimilar(a: Span, b: Span): boolean {
  return a.name === b.name && a.component === b.component;
}

function runOf(spans: readonly Span[], members: readonly number[]): Run {
  let [totalNs, longestNs, errors, fromNs, toNs] = [0, 0, 0, Infinity, -Infinity];
  for (const member of members) {
    const { offsetNs, durationNs, status } = spans[member]!;
    totalNs += durationNs;
    longestNs = Math.max(longestNs, durationNs);
    if (status === "error") errors++;
    fromNs = Math.min(fromNs, offsetNs);
    toNs = Math.max(toNs, offsetNs + durationNs);
  }
  return { members, totalNs, longestNs, errors, fromNs, toNs };
}

/** "Σ 0.3 s · max 4 ms" */
export function runFigures({ totalNs, longestNs }: Run): string {
  return `Σ ${formatDuration(totalNs)} · max ${formatDuration(longestNs)}`;
}

/** "812 ×" */
export function runCount({ members }: Run): string {
  return `${formatCount(members.length)} ×`;
}

/** Per pixel of `width`, over the time from `fromNs` to `toNs`, how many members run there. */
export function density(spans: readonly Span[], { members }: Run, fromNs: number, toNs: number, width: number): Uint32Array {
  const columns = Math.max(Math.ceil(width), 1);
  const changes = new Int32Array(columns + 1);
  const scale = columns / Math.max(toNs - fromNs, 1);
  for (const member of members) {
    const { offsetNs, durationNs } = spans[member]!;
    const first = Math.floor((offsetNs - fromNs) * scale);
    const last = Math.floor((offsetNs + durationNs - fromNs) * scale);
    if (last < 0 || first >= columns) continue;
    const start = Math.max(first, 0);
    changes[start] = changes[start]! + 1;
    const end = Math.min(Math.max(last, start + 1), columns);
    changes[end] = changes[end]! - 1;
  }
  const counts = new Uint32Array(columns);
  let running = 0;
  for (let column = 0; column < columns; column++) {
    running += changes[column]!;
    counts[column] = running;
  }
  return counts;
}
