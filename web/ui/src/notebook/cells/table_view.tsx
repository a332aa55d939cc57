// A table that sorts by any column; a trace id opens its trace, and a value that can be asked for has a menu.
import { useMemo, useState } from "preact/hooks";
import { SHOWN_MAX, visibleName } from "../../base/foreign_text";
import { formatCount, formatDuration, formatInstant } from "../../base/format";
import { parseTime } from "../../base/time";
import { Button } from "../../widgets/button";
import type { NotebookModel } from "../model";
import { type Column, type Table, type Value, sorted } from "../tables";
import { ValueMenu, attributeOf } from "./value_menu";

interface TableViewProps {
  readonly model: NotebookModel;
  readonly cellId: string;
  readonly label: string;
  readonly table: Table;
}

const ROWS_A_PAGE = 200;

export function TableView({ model, cellId, label, table }: TableViewProps) {
  const [order, setOrder] = useState<{ readonly column: number; readonly isAscending: boolean } | null>(null);
  const [count, setCount] = useState(ROWS_A_PAGE);
  const rows = useMemo(() => (order === null ? table.rows : sorted(table, order.column, order.isAscending)), [table, order]);
  const sort = (column: number) => {
    const again = order?.column === column;
    setOrder({ column, isAscending: again ? !order.isAscending : !table.columns[column]?.isNumber });
  };
  return (
    <div class="data-table" role="region" aria-label={label} tabIndex={0}>
      <table>
        <caption class="visually-hidden">{label}</caption>
        <thead>
          <tr>
            {table.columns.map(({ name, isNumber }, column) => (
              <th
                key={column}
                scope="col"
                class={isNumber ? "number" : ""}
                aria-sort={order?.column !== column ? "none" : order.isAscending ? "ascending" : "descending"}
              >
                <button type="button" onClick={() => sort(column)}>
                  {titleOf(name)}
                  <span aria-hidden="true">{order?.column !== column ? "" : order.isAscending ? " ↑" : " ↓"}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, count).map((row, index) => (
            <tr key={index}>
              {row.map((value, column) => (
                <td key={column} class={table.columns[column]?.isNumber ? "number" : ""}>
                  <ValueCell model={model} cellId={cellId} column={table.columns[column]} value={value} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > count && <Button onClick={() => setCount(count + ROWS_A_PAGE)}>{formatCount(rows.length - count)} more rows</Button>}
    </div>
  );
}

function titleOf(name: string): string {
  return visibleName(name.replace(/_ns$/, "").replaceAll("_", " "));
}

interface ValueCellProps {
  readonly model: NotebookModel;
  readonly cellId: string;
  readonly column: Column | undefined;
  readonly value: Value;
}

function ValueCell({ model, cellId, column, value }: ValueCellProps) {
  if (value === null) return <span class="muted">–</span>;
  const name = column?.name ?? "";
  if (typeof value === "number") return <>{name.endsWith("_ns") ? formatDuration(value) : formatNumber(value)}</>;
  if (name === "trace_id" && /^[0-9a-f]{32}$/.test(value))
    return (
      <button
        type="button"
        class="link-button"
        title={value}
        onClick={(event) => model.openSlowSpan(cellId, { traceId: value, spanId: null }, event.currentTarget)}
      >
        <span class="visually-hidden">open trace </span>
        <code>{value.slice(0, 8)}…</code>
      </button>
    );
  const attribute = attributeOf(name);
  if (attribute !== null && value !== "") return <ValueMenu model={model} cellId={cellId} attribute={attribute} value={value} />;
  const time = timeText(name, value);
  return time === null ? <bdi class="table-text">{visibleName(value, SHOWN_MAX)}</bdi> : <span class="table-time">{time}</span>;
}

function formatNumber(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(6)));
}

/** A time as the rest of the page has it; null for what is none. */
function timeText(name: string, value: string): string | null {
  const time = /^(start|slot|start_time|t)$/.test(name) ? parseTime(value, 0n) : null;
  return time === null ? null : formatInstant(time);
}
