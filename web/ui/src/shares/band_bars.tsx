// Where the time goes as one bar for each band of durations, another time beside it, and real rows of each band.
import type { BandTimes, Shares, SharesOf } from "../api/shares";
import type { SlowSpan } from "../api/slow_span";
import { BANDS } from "../base/bands";
import { formatDuration, formatPercent, formatQuantity } from "../base/format";
import type { Part } from "../trace/phases";
import { bandRange, bandWords } from "./kinds";
import { type PhaseStyle, bandParts, inkOn } from "./phase_parts";

interface BandBarsProps {
  readonly shares: Shares;
  readonly of: SharesOf;
  readonly phases: readonly PhaseStyle[];
  /** Span id of the open trace. */
  readonly open: string | null;
  readonly onOpen: (span: SlowSpan, from: HTMLElement) => void;
}

/** The bars say nothing that the table of phases does not. */
export function BandBars({ shares, of, phases, open, onOpen }: BandBarsProps) {
  const noun = of === "requests" ? "request" : "pod start";
  const filled = BANDS.flatMap((band) => shares.bands.filter((times) => times.band === band));
  return (
    <ul class="bands" aria-label="Bands of durations, the fastest first">
      {filled.map((times) => {
        const before = shares.baseline?.find(({ band }) => band === times.band);
        return (
          <li key={times.band} class="band">
            <div class="band-head">
              <h2>{bandWords(times.band)}</h2>
              <span>{bandRange(times.band, shares.bounds)}</span>
              <span class="muted">
                {formatQuantity(times.count, noun)}, {formatDuration(times.count > 0 ? times.totalNs / times.count : 0)} on average
              </span>
            </div>
            <div class="band-bars" aria-hidden="true">
              <Bar parts={bandParts(times, phases)} />
              {shares.baseline !== null && <Bar parts={before === undefined ? [] : bandParts(before, phases)} before />}
            </div>
            <Exemplars times={times} open={open} onOpen={onOpen} />
          </li>
        );
      })}
    </ul>
  );
}

/** A share below this has no room for its number. */
const LABELLED_MIN = 0.06;

function Bar({ parts, before }: { readonly parts: readonly Part[]; readonly before?: boolean }) {
  return (
    <div class={`band-bar ${before ? "before" : ""}`}>
      {parts.map(({ key, label, colour, durationNs, share }) => (
        <span
          key={key}
          style={{ flexGrow: durationNs, backgroundColor: colour, color: inkOn(colour) }}
          title={`${before ? "before: " : ""}${label} ${formatPercent(share)}`}
        >
          {share >= LABELLED_MIN && formatPercent(share)}
        </span>
      ))}
      {parts.length === 0 && <span class="band-none">{before ? "none so slow before" : "none"}</span>}
    </div>
  );
}

interface ExemplarsProps {
  readonly times: BandTimes;
  readonly open: string | null;
  readonly onOpen: (span: SlowSpan, from: HTMLElement) => void;
}

function Exemplars({ times, open, onOpen }: ExemplarsProps) {
  const slowest = Math.max(...times.exemplars.map(({ durationNs }) => durationNs));
  return (
    <div class="band-exemplars">
      {times.exemplars.map((span, index) => {
        const pick = span.durationNs === slowest ? "slowest" : index === 0 ? "typical" : "another";
        return (
          <button
            key={span.spanId}
            type="button"
            class="link-button"
            aria-label={`${pick} ${formatDuration(span.durationNs)} of ${bandWords(times.band)}: open its trace`}
            aria-current={span.spanId === open ? "true" : undefined}
            onClick={(event) => onOpen(span, event.currentTarget)}
          >
            {pick} {formatDuration(span.durationNs)}
          </button>
        );
      })}
    </div>
  );
}
