// The kinds of waiting that readers ask about, and the answer in a sentence.
import type { BandTimes, Bounds, SharesOf } from "../api/shares";
import { BANDS, type Band } from "../base/bands";
import { formatDuration, formatPercent } from "../base/format";
import { ETCD_PHASES } from "../trace/phases";
import { type PhaseStyle, phaseShare } from "./phase_parts";

export interface Kind {
  readonly words: string;
  readonly phases: ReadonlySet<string>;
}

export const KINDS: Readonly<Record<SharesOf, readonly Kind[]>> = {
  requests: [
    { words: "etcd", phases: ETCD_PHASES },
    { words: "webhooks", phases: new Set(["mutating_webhook", "validating_webhook"]) },
    { words: "queueing", phases: new Set(["priority_and_fairness"]) },
  ],
  pod_starts: [
    { words: "pulling images", phases: new Set(["image_pull"]) },
    { words: "network", phases: new Set(["network"]) },
    { words: "containers", phases: new Set(["container_create", "container_start"]) },
  ],
};

/** The part of the time of some bands that went to a kind, from 0 to 1; null where they have no time. */
export function kindShare(bands: readonly BandTimes[], phases: readonly string[], kind: Kind): number | null {
  let [spent, total] = [0, 0];
  for (const { phasesNs, totalNs } of bands) {
    total += totalNs;
    phases.forEach((phase, place) => (spent += kind.phases.has(phase) ? (phasesNs[place] ?? 0) : 0));
  }
  return total > 0 ? spent / total : null;
}

const BAND_WORDS: Readonly<Record<Band, string>> = {
  to_p50: "the faster half",
  p50_to_p95: "the next 45 %",
  p95_to_p99: "the next 4 %",
  above_p99: "the slowest 1 %",
};

export function bandWords(band: Band): string {
  return BAND_WORDS[band];
}

/** How long the rows of a band take: "above 412 ms", "up to 10.0 ms". */
export function bandRange(band: Band, bounds: Bounds): string {
  if (band === "to_p50") return `up to ${formatDuration(bounds.p50)}`;
  if (band === "above_p99") return `above ${formatDuration(bounds.p99)}`;
  const [low, high] = band === "p50_to_p95" ? [bounds.p50, bounds.p95] : [bounds.p95, bounds.p99];
  return `${formatDuration(low)} – ${formatDuration(high)}`;
}

/** "etcd and the way to it added 62 % of the slowest 1 %, 8 % of the faster half": parts of the time of these rows. */
export function kindSentence(of: SharesOf, bands: readonly BandTimes[], phases: readonly string[]): string {
  const [kind] = KINDS[of];
  const [fastest, slowest] = extremes(bands);
  if (kind === undefined || fastest === undefined || slowest === undefined) return "";
  const part = (band: BandTimes) => formatPercent(kindShare([band], phases, kind) ?? 0);
  const name = kind.words === "etcd" ? "etcd and the way to it" : kind.words;
  if (fastest === slowest) return `${name} added ${part(slowest)} of the time`;
  return `${name} added ${part(slowest)} of ${BAND_WORDS[slowest.band]}, ${part(fastest)} of ${BAND_WORDS[fastest.band]}`;
}

/** Below this a growth is no news. */
const GROWTH_MIN = 0.02;

/** The phase whose share grows most from the fastest band to the slowest: "most growth: mutating webhooks, from 3 % to 41 %"; "" where none grows. */
export function growthSentence(bands: readonly BandTimes[], phases: readonly PhaseStyle[]): string {
  const [fastest, slowest] = extremes(bands);
  if (fastest === undefined || slowest === undefined || fastest === slowest) return "";
  const growths = phases.map(({ label, place }) => ({ label, from: phaseShare(fastest, place), to: phaseShare(slowest, place) }));
  const [most] = growths.sort((a, b) => b.to - b.from - (a.to - a.from));
  if (most === undefined || most.to - most.from < GROWTH_MIN) return "";
  return `most growth: ${most.label}, from ${formatPercent(most.from)} to ${formatPercent(most.to)}`;
}

/** The fastest and the slowest band that have rows. */
function extremes(bands: readonly BandTimes[]): readonly (BandTimes | undefined)[] {
  const filled = BANDS.flatMap((band) => bands.filter((times) => times.band === band && times.count > 0));
  return [filled[0], filled.at(-1)];
}
