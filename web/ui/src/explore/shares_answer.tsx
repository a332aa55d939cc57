// Where the time went: the answer in a sentence, as bars, as a table and by group.
import type { ComponentChildren } from "preact";
import type { Shares, SharesOf } from "../api/shares";
import type { SlowSpan } from "../api/slow_span";
import { palette } from "../base/theme";
import { BandBars } from "../shares/band_bars";
import { GroupTable } from "../shares/group_table";
import { GROUPINGS, groupingOf } from "../shares/groups";
import { growthSentence, kindSentence } from "../shares/kinds";
import { presentPhases } from "../shares/phase_parts";
import { PhaseTable } from "../shares/phase_table";
import { Segmented } from "../widgets/segmented";

interface SharesAnswerProps {
  readonly shares: Shares;
  readonly of: SharesOf;
  /** The column that rows are grouped by; null is the first choice. */
  readonly by: string | null;
  readonly table: boolean;
  /** Span id of the open trace. */
  readonly open: string | null;
  readonly onOpen: (span: SlowSpan, from: HTMLElement) => void;
  readonly onFilter: (clause: string) => void;
  readonly onBy: (column: string) => void;
  /** Stands between the phases and the groups. */
  readonly children?: ComponentChildren;
}

export function SharesAnswer({ shares, of, by, table, open, onOpen, onFilter, onBy, children }: SharesAnswerProps) {
  const phases = presentPhases(shares, of, palette.value);
  const grouping = groupingOf(of, by);
  return (
    <>
      <p class="shares-sentence">{kindSentence(of, shares.bands, shares.phases)}</p>
      <p class="shares-growth muted">
        {growthSentence(shares.bands, phases)}
        {!table && shares.baseline !== null && <span class="bands-note">narrow bars: another time, at the same durations</span>}
      </p>
      {!table && <BandBars shares={shares} of={of} phases={phases} open={open} onOpen={onOpen} />}
      <PhaseTable shares={shares} phases={phases} exact={table} />
      {children}
      <div class="group-head">
        <h2>by {grouping.words}</h2>
        <Segmented
          label="Group by"
          choices={GROUPINGS[of].map(({ column, words }) => ({ value: column, label: words }))}
          isOn={(value) => value === grouping.column}
          onChoose={onBy}
        />
      </div>
      <GroupTable shares={shares} of={of} grouping={grouping} onFilter={onFilter} />
    </>
  );
}
