// Groups of requests or pod starts: how many, how long, and which part of it went to what readers ask about.
import type { BandTimes, Shares, SharesGroup, SharesOf } from "../api/shares";
import { visibleName } from "../base/foreign_text";
import { formatCount, formatDuration, formatPercent } from "../base/format";
import { type Grouping, groupClause } from "./groups";
import { KINDS, kindShare } from "./kinds";

interface GroupTableProps {
  readonly shares: Shares;
  readonly of: SharesOf;
  readonly grouping: Grouping;
  readonly onFilter: (clause: string) => void;
}

export function GroupTable({ shares, of, grouping, onFilter }: GroupTableProps) {
  const kinds = KINDS[of];
  return (
    <div class="group-table" role="region" aria-label={`Groups by ${grouping.words}`} tabIndex={0}>
      <table>
        <caption class="visually-hidden">Groups by {grouping.words}, those that took most time first</caption>
        <thead>
          <tr>
            <th scope="col" rowSpan={2}>{grouping.words}</th>
            <th scope="col" rowSpan={2} class="number">{of === "requests" ? "requests" : "pod starts"}</th>
            <th scope="col" rowSpan={2} class="number">time</th>
            <th scope="colgroup" colSpan={kinds.length} class="kinds">of all its time</th>
            <th scope="colgroup" colSpan={kinds.length + 1} class="kinds">of its rows in the slowest 1 %</th>
          </tr>
          <tr>
            <KindHeads of={of} />
            <th scope="col" class="number">rows</th>
            <KindHeads of={of} />
          </tr>
        </thead>
        <tbody>
          {shares.groups.map((group) => (
            <Row key={JSON.stringify(group.values)} group={group} phases={shares.phases} of={of} grouping={grouping} onFilter={onFilter} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function KindHeads({ of }: { readonly of: SharesOf }) {
  return (
    <>
      {KINDS[of].map(({ words }) => (
        <th key={words} scope="col" class="number">{words}</th>
      ))}
    </>
  );
}

interface RowProps {
  readonly group: SharesGroup;
  readonly phases: readonly string[];
  readonly of: SharesOf;
  readonly grouping: Grouping;
  readonly onFilter: (clause: string) => void;
}

function Row({ group, phases, of, grouping, onFilter }: RowProps) {
  const [value = null] = group.values;
  const clause = groupClause(grouping, value);
  const words = value === null ? "none" : value === "" ? "empty" : visibleName(value);
  const slow = group.bands.filter(({ band }) => band === "above_p99");
  const sum = (read: (times: BandTimes) => number) => group.bands.reduce((total, times) => total + read(times), 0);
  return (
    <tr>
      <th scope="row">
        {clause === null ? (
          <bdi>{words}</bdi>
        ) : (
          <button type="button" class="link-button" aria-label={`show only ${grouping.words} ${words}`} onClick={() => onFilter(clause)}>
            <bdi>{words}</bdi>
          </button>
        )}
      </th>
      <td class="number">{formatCount(sum(({ count }) => count))}</td>
      <td class="number">{formatDuration(sum(({ totalNs }) => totalNs))}</td>
      <KindShares bands={group.bands} phases={phases} of={of} />
      <td class="number">{formatCount(slow.reduce((total, { count }) => total + count, 0))}</td>
      <KindShares bands={slow} phases={phases} of={of} />
    </tr>
  );
}

interface KindSharesProps {
  readonly bands: readonly BandTimes[];
  readonly phases: readonly string[];
  readonly of: SharesOf;
}

function KindShares({ bands, phases, of }: KindSharesProps) {
  return (
    <>
      {KINDS[of].map((kind) => {
        const share = kindShare(bands, phases, kind);
        return (
          <td key={kind.words} class={`number ${share === null || share === 0 ? "muted" : ""}`}>
            {share === null ? "–" : formatPercent(share)}
          </td>
        );
      })}
    </>
  );
}
