// What a cell asks, as text for readers: a query, or the fields that make it.
import { joinClauses } from "../base/clauses";
import { quantileLabel } from "../base/format";
import { OF_WORDS } from "../base/rows";
import { objectiveOf } from "./availability";
import type { Cell, LatencyCell, TimedCell } from "./document";

export function cellText(cell: Cell): string {
  switch (cell.kind) {
    case "markdown":
      return cell.text;
    case "series":
    case "traces":
    case "sql":
      return cell.query;
    case "latency":
      return `${measureWords(cell)} of ${timedText(cell)}${byWords(cell.by)}`;
    case "heatmap":
      return `durations of ${timedText(cell)}`;
    case "compare":
      return `${cell.rows} of ${joinClauses(cell.filter)}, ${cell.selection ?? "slower than p99"} with ${
        cell.baseline === null ? "the rest" : `${cell.baseline.from} – ${cell.baseline.to}`
      }`;
    case "shares":
      return `time of ${cell.rows} of ${joinClauses(cell.filter)}${byWords(cell.by)}`;
    case "trace":
      return `trace ${cell.traceId}`;
  }
}

function timedText({ rows, filter }: TimedCell): string {
  return `${rows === "spans" ? "" : `${OF_WORDS[rows].many} of `}${joinClauses(filter)}`;
}

function measureWords(cell: LatencyCell): string {
  const objective = objectiveOf(cell);
  if (objective !== null) return `failures as multiples of what an objective of ${objective} allows,`;
  if (cell.show !== "latency") return cell.show;
  return cell.quantiles.map(quantileLabel).join(", ");
}

function byWords(by: readonly string[]): string {
  return by.length === 0 ? "" : ` by ${by.join(", ")}`;
}
