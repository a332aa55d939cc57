// Cells whose answer is a table, or lines: traces found, rows of SQL, series of a metrics query.
import { useMemo } from "preact/hooks";
import { type Series, readFoundTraces, readQueryStats, readRows, readSeriesAnswer } from "../../api/search";
import { visibleName } from "../../base/foreign_text";
import { formatCount, formatQuantity } from "../../base/format";
import { success } from "../../base/result";
import { Receipt } from "../../receipt/receipt";
import { costParts } from "../../receipt/receipt_words";
import { type SeriesCell, type SqlCell, type TracesCell, titleOf } from "../document";
import { querySubject } from "../questions";
import { labelClauses } from "../label_clauses";
import { labelsText, tableOf } from "../tables";
import { NoData, NotUnderstood } from "./cell_states";
import type { CellViewProps } from "./latency_view";
import { LinesChart } from "./lines_chart";
import { TableView } from "./table_view";

export function AnswerTable({ model, cell, answer }: CellViewProps<SeriesCell | SqlCell | TracesCell>) {
  const table = useMemo(() => tableOf(cell, answer), [cell, answer]);
  if (!table.ok) return <NotUnderstood failure={table.failure} />;
  if (table.value.rows.length === 0) return <NoData what="Nothing was found" model={model} />;
  return <TableView model={model} cellId={cell.id} label={titleOf(cell)} table={table.value} />;
}

export function TracesView(props: CellViewProps<TracesCell>) {
  const found = useMemo(() => readFoundTraces(success<unknown>(props.answer)), [props.answer]);
  return (
    <>
      <AnswerTable {...props} />
      {found.ok && (
        <p class="cell-note">
          {formatQuantity(found.value.traces.length, "trace")}, the latest first; {formatCount(found.value.lookedAt)} read whole
          {found.value.hasMore && "; there may be more"}
        </p>
      )}
      <QueryReceipt {...props} />
    </>
  );
}

export function SqlView(props: CellViewProps<SqlCell>) {
  const rows = useMemo(() => readRows(success<unknown>(props.answer)), [props.answer]);
  return (
    <>
      <AnswerTable {...props} />
      {rows.ok && (
        <p class="cell-note">
          {formatQuantity(rows.value.rows.length, "row")}
          {rows.value.isTruncated && ", the first of more: add a LIMIT or group them"}; the notebook’s filters do not reach SQL
        </p>
      )}
    </>
  );
}

export function SeriesView(props: CellViewProps<SeriesCell>) {
  const { answer, table, height, model } = props;
  const series = useMemo(() => readSeriesAnswer(success<unknown>(answer)), [answer]);
  if (!series.ok) return <NotUnderstood failure={series.failure} />;
  if (series.value.every(({ points }) => points.length === 0)) return <NoData what="Nothing was found" model={model} />;
  if (table) return <AnswerTable {...props} />;
  const isolate = async (line: number) => model.addClauses(labelClauses(series.value[line]?.labels ?? [], await model.knownAttributes()));
  return (
    <>
      <LinesChart lines={series.value.map(lineOf)} height={height - 50} unit="value of the query in each slot" onIsolate={(line) => void isolate(line)} />
      <QueryReceipt {...props} />
    </>
  );
}

function QueryReceipt({ model, cell, answer }: CellViewProps<SeriesCell | TracesCell>) {
  const stats = useMemo(() => readQueryStats(success<unknown>(answer)), [answer]);
  return stats === null ? null : <Receipt parts={costParts(stats)} stats={stats} subject={querySubject(cell, model.scope.value)} />;
}


function lineOf({ labels, points }: Series) {
  return { name: visibleName(labelsText(labels)), points };
}
