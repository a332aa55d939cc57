// The phases of requests and pod starts with words and colours, and the bands as parts of a bar.
import type { BandTimes, Shares, SharesOf } from "../api/shares";
import type { Palette, PodPhase } from "../base/palette";
import { type Part, phaseColour, phaseLabel } from "../trace/phases";

export interface PhaseStyle {
  readonly key: string;
  readonly label: string;
  readonly colour: string;
  /** Its place in the times of every band. */
  readonly place: number;
}

const POD_WORDS: Readonly<Record<PodPhase, string>> = {
  sandbox: "pod sandbox",
  network: "pod network",
  image_pull: "pulling images",
  container_create: "creating containers",
  container_start: "starting containers",
  runtime: "other calls of the runtime",
  self: "kubelet itself",
};

/** The phases that any band spent time on, in the order of a request's way. */
export function presentPhases({ phases, bands, baseline }: Shares, of: SharesOf, palette: Palette): readonly PhaseStyle[] {
  const all = [...bands, ...(baseline ?? [])];
  return phases
    .map((key, place) => ({ key, place, ...styleOf(key, of, palette) }))
    .filter(({ place }) => all.some(({ phasesNs }) => (phasesNs[place] ?? 0) > 0));
}

function styleOf(phase: string, of: SharesOf, palette: Palette): { readonly label: string; readonly colour: string } {
  if (of === "requests") return { label: phaseLabel(phase, []), colour: phaseColour(phase, palette) };
  const isKnown = Object.hasOwn(POD_WORDS, phase);
  return {
    label: isKnown ? POD_WORDS[phase as PodPhase] : phase.replaceAll("_", " "),
    colour: isKnown ? palette.podPhases[phase as PodPhase] : palette.rest,
  };
}

/** The part of a band's time that went to a phase, from 0 to 1. */
export function phaseShare({ phasesNs, totalNs }: BandTimes, place: number): number {
  return totalNs > 0 ? (phasesNs[place] ?? 0) / totalNs : 0;
}

/** A band as a bar, in the order of the phases, so that bars can be compared. */
export function bandParts(times: BandTimes, phases: readonly PhaseStyle[]): readonly Part[] {
  return phases
    .map(({ key, label, colour, place }) => ({ key, label, colour, durationNs: times.phasesNs[place] ?? 0, share: phaseShare(times, place) }))
    .filter(({ durationNs }) => durationNs > 0);
}

/** Black or white, whichever can be read on a colour: one of them always has a contrast of 4.5 (WCAG 2.2). */
export function inkOn(colour: string): string {
  const channel = (start: number) => {
    const value = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return luminance > 0.179 ? "#000000" : "#ffffff";
}
