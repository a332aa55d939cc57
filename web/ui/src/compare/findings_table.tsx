// What is different, a row for each finding: how often each side has the value, how sure it is, and what can be done with it.
import type { Comparison, Finding } from "../api/compare";
import type { SlowSpan } from "../api/slow_span";
import { FindingRow } from "./finding_row";
import type { SideNames } from "./words";

/** What a click leads to; the owner of the page decides how. */
export interface FindingActions {
  readonly onFilter: (clauses: readonly string[]) => void;
  readonly onGroup: (attribute: string) => void;
  readonly onOpen: (span: SlowSpan, from: HTMLElement) => void;
}

interface FindingsTableProps {
  readonly comparison: Comparison;
  readonly sides: SideNames;
  /** Span id of the open trace. */
  readonly open: string | null;
  readonly actions: FindingActions;
}

/** Rows are laid out as a grid, which takes a table's meaning away in some browsers: hence the roles. */
export function FindingsTable({ comparison, sides, open, actions }: FindingsTableProps) {
  return (
    <table class="findings" role="table">
      <caption class="visually-hidden">
        What {sides.selected} have more or less often than {sides.baseline}, the largest difference first
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">attribute and value</th>
          <th role="columnheader" scope="col">
            share of <Side selected /> {sides.selected}, <Side /> {sides.baseline}
          </th>
          <th role="columnheader" scope="col">difference</th>
          <th role="columnheader" scope="col">slowest with it</th>
          <th role="columnheader" scope="col">
            <span class="visually-hidden">actions</span>
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {comparison.findings.map((finding) => (
          <FindingRow key={keyOf(finding)} finding={finding} all={comparison.counts} sides={sides} open={open} actions={actions} />
        ))}
      </tbody>
    </table>
  );
}

function keyOf({ attribute, value }: Finding): string {
  return JSON.stringify([attribute, value]);
}

/** The mark of a side: filled, or hollow and hatched. */
export function Side({ selected }: { readonly selected?: boolean }) {
  return <span class={`side-mark ${selected ? "selected" : "baseline"}`} aria-hidden="true" />;
}
