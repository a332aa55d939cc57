// What a cell shows: its pinned answer, or the answer to its question, which is asked while the cell is on the screen.
import { useEffect, useRef } from "preact/hooks";
import type { Json } from "../base/json";
import { wasCancelled } from "../base/query";
import { AnswerStates } from "../explore/answer_states";
import { useAnswer } from "../explore/use_answer";
import { type CellAnswer, askInTurn } from "./ask";
import { CellFailure } from "./cells/cell_states";
import { HeatmapView } from "./cells/heatmap_view";
import { LatencyView } from "./cells/latency_view";
import { MarkdownView } from "./cells/markdown_view";
import { SeriesView, SqlView, TracesView } from "./cells/query_views";
import { CompareView, SharesView, TraceCellView } from "./cells/row_views";
import { type Cell, heightOf } from "./document";
import type { NotebookModel } from "./model";
import { type Question, questionOf } from "./questions";

interface CellBodyProps {
  readonly model: NotebookModel;
  readonly cell: Cell;
  readonly isVisible: boolean;
  readonly table: boolean;
  /** Grows when the reader asks for this cell again. */
  readonly round: number;
}

export function CellBody(props: CellBodyProps) {
  const { cell } = props;
  if (cell.kind === "markdown") return <MarkdownView text={cell.text} />;
  if (cell.pin !== null) return <Answer {...props} answer={cell.pin.answer} selection={null} />;
  return <Asking {...props} />;
}

/** A question that the reader gave up: the clock does not ask it again, and once the reader does, not before it moves on. */
interface Held {
  readonly round: number;
  /** Ticks of the clock: of the question, and the last one that was passed over. */
  readonly askedAt: number;
  readonly seen: number;
  readonly isAskedAgain: boolean;
}

function isHeld(held: Held, round: number, tick: number): boolean {
  return held.round === round && (!held.isAskedAgain || held.seen === tick);
}

function Asking(props: CellBodyProps) {
  const { model, cell, isVisible, round } = props;
  const now = questionOf(cell, model.scope.value);
  const asked = useRef<{ readonly question: Question | null; readonly round: number; readonly tick: number }>({ question: null, round: 0, tick: 0 });
  const held = useRef<Held | null>(null);
  const tick = model.tick.value;
  if (held.current !== null && !isHeld(held.current, round, tick)) held.current = null;
  // A cell that is out of sight keeps its last answer, and asks nothing.
  if (isVisible) asked.current = { question: now, round, tick: held.current?.askedAt ?? tick };
  const { question } = asked.current;
  const answer = useAnswer(question, asked.current.round + asked.current.tick, askInTurn);
  if (wasCancelled(answer)) held.current = { round, askedAt: asked.current.tick, seen: tick, isAskedAgain: false };
  else if (held.current !== null) held.current = { ...held.current, isAskedAgain: true };
  useEffect(() => {
    if (answer.value !== null && question !== null) model.answers.keep(cell.id, question, answer.value);
  }, [answer.value]);
  if (now === null) return <p class="state">Edit this cell and say which trace it shows.</p>;
  const height = heightOf(cell) ?? 0;
  const { failure } = answer;
  if (failure !== null && answer.value === null)
    return <CellFailure failure={failure} query={queryText(now)} onRetry={answer.retry} onEdit={() => (model.editing.value = cell.id)} />;
  return (
    <AnswerStates answer={answer} height={height - 20}>
      {(value: CellAnswer) => <Answer {...props} answer={value.answer} selection={value.selection} />}
    </AnswerStates>
  );
}

/** What was asked, as the server's objection counts in it. */
function queryText(question: Question): string {
  switch (question.kind) {
    case "latency":
    case "compare":
      return question.request.filter;
    case "shares":
      return question.request.filter;
    case "query":
      return question.request.text;
    case "sql":
      return question.text;
    case "trace":
      return question.request.traceId;
  }
}

interface AnswerProps extends CellBodyProps {
  readonly answer: Json;
  /** Of a comparison: the condition that was asked with, where the cell has none. */
  readonly selection: string | null;
}

function Answer({ model, cell, answer, selection, table }: AnswerProps) {
  const common = { model, answer, table, height: heightOf(cell) ?? 0 };
  switch (cell.kind) {
    case "markdown":
      return null;
    case "latency":
      return <LatencyView {...common} cell={cell} />;
    case "heatmap":
      return <HeatmapView {...common} cell={cell} />;
    case "series":
      return <SeriesView {...common} cell={cell} />;
    case "traces":
      return <TracesView {...common} cell={cell} />;
    case "sql":
      return <SqlView {...common} cell={cell} />;
    case "compare":
      return <CompareView {...common} cell={cell} selection={selection ?? cell.selection} />;
    case "shares":
      return <SharesView {...common} cell={cell} />;
    case "trace":
      return <TraceCellView {...common} cell={cell} />;
  }
}
