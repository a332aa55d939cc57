// The phases of each band as a table: the bars' legend with percentages, or every figure to the nanosecond.
import type { BandTimes, Shares } from "../api/shares";
import { BANDS } from "../base/bands";
import { formatCount, formatPercent } from "../base/format";
import { bandWords } from "./kinds";
import { type PhaseStyle, phaseShare } from "./phase_parts";

interface PhaseTableProps {
  readonly shares: Shares;
  readonly phases: readonly PhaseStyle[];
  /** Nanoseconds beside the percentages, and those of the time before. */
  readonly exact: boolean;
}

export function PhaseTable({ shares, phases, exact }: PhaseTableProps) {
  const bands = BANDS.flatMap((band) => shares.bands.filter((times) => times.band === band));
  const before = exact ? shares.baseline : null;
  const columns = (exact ? 2 : 1) + (before === null ? 0 : 1);
  return (
    <div class="phase-table" role="region" aria-label="Phases of each band" tabIndex={0}>
      <table>
        <caption class="visually-hidden">The part of each band’s time that went to each phase</caption>
        <thead>
          <tr>
            <th scope="col" rowSpan={exact ? 2 : 1}>phase</th>
            {bands.map(({ band }) => (
              <th key={band} scope={exact ? "colgroup" : "col"} colSpan={columns} class="number">{bandWords(band)}</th>
            ))}
          </tr>
          {exact && (
            <tr>
              {bands.map(({ band }) => (
                <Columns key={band} before={before !== null} />
              ))}
            </tr>
          )}
        </thead>
        <tbody>
          {phases.map((phase) => (
            <tr key={phase.key}>
              <th scope="row">
                <span class="phase-name">
                  <span class="swatch" style={{ backgroundColor: phase.colour }} />
                  {phase.label}
                </span>
              </th>
              {bands.map((times) => (
                <Figures
                  key={times.band}
                  times={times}
                  before={before?.find(({ band }) => band === times.band)}
                  withBefore={before !== null}
                  place={phase.place}
                  exact={exact}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Columns({ before }: { readonly before: boolean }) {
  return (
    <>
      <th scope="col" class="number">ns</th>
      <th scope="col" class="number">share</th>
      {before && <th scope="col" class="number">before</th>}
    </>
  );
}

interface FiguresProps {
  readonly times: BandTimes;
  readonly before: BandTimes | undefined;
  readonly withBefore: boolean;
  readonly place: number;
  readonly exact: boolean;
}

function Figures({ times, before, withBefore, place, exact }: FiguresProps) {
  return (
    <>
      {exact && <td class="number">{formatCount(times.phasesNs[place] ?? 0)}</td>}
      <Share times={times} place={place} />
      {withBefore && <Share times={before} place={place} />}
    </>
  );
}

function Share({ times, place }: { readonly times: BandTimes | undefined; readonly place: number }) {
  const share = times === undefined ? 0 : phaseShare(times, place);
  return <td class={`number ${share === 0 ? "muted" : ""}`}>{share === 0 ? "–" : formatPercent(share)}</td>;
}
