// A question of the explore view as a cell: with a time of its own where that is no time up to now.
import type { KeptQuestion } from "../explore/kept_question";
import { groupingOf } from "../shares/groups";
import { type Cell, type CellOf, newCell } from "./document";
import { keptBox } from "./heatmap_box";

export function keptCell(question: KeptQuestion, id: string): Cell {
  const { range, filter } = question;
  const time = range.to.startsWith("now") ? null : range;
  switch (question.kind) {
    case "latency": {
      const { by, quantiles, show, thresholds, before } = question;
      return { ...(newCell("latency", id) as CellOf<"latency">), time, filter, by, quantiles, show, thresholds, before };
    }
    case "heatmap": {
      const { box } = question;
      return { ...(newCell("heatmap", id) as CellOf<"heatmap">), time, filter, selection: box === null ? null : keptBox(box) };
    }
    case "compare": {
      const { of, selection, baseline } = question;
      return { ...(newCell("compare", id) as CellOf<"compare">), time, filter, rows: of, selection, baseline };
    }
    case "shares": {
      const { of, by, baseline } = question;
      return { ...(newCell("shares", id) as CellOf<"shares">), time, filter, rows: of, by: [groupingOf(of, by).column], baseline };
    }
    case "trace": {
      const { traceId, spanId, near } = question;
      return { ...(newCell("trace", id) as CellOf<"trace">), traceId, spanId, near };
    }
  }
}
