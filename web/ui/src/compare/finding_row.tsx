// One finding: its value and what comes with it, the two shares as bars, exemplars, actions.
import type { ComparedValue, Finding, SideCounts } from "../api/compare";
import { visibleName } from "../base/foreign_text";
import { formatCount, formatDuration, formatPercent, formatQuantity } from "../base/format";
import { IconButton } from "../widgets/button";
import { EqualIcon, GroupIcon, NotEqualIcon } from "../widgets/icons";
import type { FindingActions } from "./findings_table";
import { type SideNames, differenceWords, excludingClause, includingClauses, surenessNote, surenessWords, shownWords } from "./words";

interface FindingRowProps {
  readonly finding: Finding;
  /** All rows of each side. */
  readonly all: SideCounts;
  readonly sides: SideNames;
  readonly open: string | null;
  readonly actions: FindingActions;
}

export function FindingRow({ finding, all, sides, open, actions }: FindingRowProps) {
  return (
    <tr role="row" class="finding">
      <th role="rowheader" scope="row" class="finding-name">
        <ValueName value={finding} />
        {finding.togetherWith.length > 0 && <Together values={finding.togetherWith} />}
      </th>
      <td role="cell" class="finding-shares">
        <ShareBar side="selected" name={sides.selected} share={finding.shareSelected} count={finding.counts.selected} of={all.selected} />
        <ShareBar side="baseline" name={sides.baseline} share={finding.shareBaseline} count={finding.counts.baseline} of={all.baseline} />
      </td>
      <td role="cell" class="finding-difference">
        <strong>{differenceWords(finding.difference)}</strong>{" "}
        <span class="muted" title={surenessNote(finding.qValue)}>
          {surenessWords(finding.qValue)}
          <span class="visually-hidden">, {surenessNote(finding.qValue)}</span>
        </span>
      </td>
      <td role="cell" class="finding-exemplars">
        {finding.exemplars.map((span) => (
          <button
            key={span.spanId}
            type="button"
            class="link-button"
            aria-label={`${formatDuration(span.durationNs)} with ${visibleName(finding.attribute)} ${shownWords(finding)}: open its trace`}
            aria-current={span.spanId === open ? "true" : undefined}
            onClick={(event) => actions.onOpen(span, event.currentTarget)}
          >
            {formatDuration(span.durationNs)}
          </button>
        ))}
        {finding.exemplars.length === 0 && <span class="muted">–</span>}
      </td>
      <td role="cell" class="finding-actions">
        <Actions finding={finding} actions={actions} />
      </td>
    </tr>
  );
}

function ValueName({ value }: { readonly value: ComparedValue }) {
  const isText = value.value !== null && value.value !== "";
  return (
    <>
      <bdi class="finding-attribute">{visibleName(value.attribute)}</bdi>{" "}
      <bdi class={`finding-value ${isText ? "" : "muted"}`}>{shownWords(value)}</bdi>
    </>
  );
}

/** Values of the same rows say the same: they are folded. */
function Together({ values }: { readonly values: readonly ComparedValue[] }) {
  return (
    <details class="together">
      <summary>together with {formatQuantity(values.length, "more value")}</summary>
      <ul>
        {values.map((value, index) => (
          <li key={index}>
            <ValueName value={value} />
          </li>
        ))}
      </ul>
    </details>
  );
}

interface ShareBarProps {
  readonly side: "selected" | "baseline";
  readonly name: string;
  readonly share: number;
  readonly count: number;
  readonly of: number;
}

function ShareBar({ side, name, share, count, of }: ShareBarProps) {
  return (
    <div class="share" title={`${formatCount(count)} of ${formatCount(of)} ${name}`}>
      <span class="share-track" aria-hidden="true">
        <span class={`share-bar ${side}`} style={{ width: `${Math.min(Math.max(share, 0), 1) * 100}%` }} />
      </span>
      <span class="number">{formatPercent(share)}</span>
      <span class="visually-hidden">
        of {name}, {formatCount(count)} of {formatCount(of)};{" "}
      </span>
    </div>
  );
}

function Actions({ finding, actions }: { readonly finding: Finding; readonly actions: FindingActions }) {
  const { attribute, filter } = finding;
  if (filter === null) return <span class="visually-hidden">no filter can tell these rows</span>;
  const what = `${visibleName(attribute)} ${shownWords(finding)}`;
  return (
    <>
      <IconButton label={`filter = ${what}`} onClick={() => actions.onFilter(includingClauses(filter))}>
        <EqualIcon />
      </IconButton>
      <IconButton label={`filter ≠ ${what}`} onClick={() => actions.onFilter([excludingClause(filter)])}>
        <NotEqualIcon />
      </IconButton>
      <IconButton label={`group by ${attribute}`} onClick={() => actions.onGroup(attribute)}>
        <GroupIcon />
      </IconButton>
    </>
  );
}
