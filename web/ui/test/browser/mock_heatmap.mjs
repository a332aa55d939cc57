// Canned counts by time and duration: what is usual around 4 ms, and a stall in which few requests end, slowly.
import { hex } from "./mock_data.mjs";

const BANDS = 48;
const LOWEST_NS = 250_000;
const BOUNDS = Array.from({ length: BANDS + 1 }, (_, index) => Math.round(LOWEST_NS * 2 ** (index / 3)));
const bandOf = (duration) => Math.max(BOUNDS.findLastIndex((bound) => bound <= duration), 0);

/** A bell over bands around a duration. */
function spread(counts, middle, spans, width) {
  const at = bandOf(middle);
  counts.forEach((_, band) => {
    const count = Math.round(spans * Math.exp(-(((band - at) / width) ** 2)));
    counts[band] += count;
  });
}

function slotOf(t, slot) {
  const isStalled = slot >= 58 && slot <= 61;
  const counts = Array(BANDS).fill(0);
  const wave = 1 + 0.3 * Math.sin(slot / 7);
  spread(counts, 4e6 * wave, isStalled ? 9 : 180, 4);
  spread(counts, 90e6 * wave, isStalled ? 3 : 12, 3);
  if (isStalled) spread(counts, 2.2e9, 24, 2);
  const slowest = counts.findLastIndex((count) => count > 0);
  const exemplar = (band, error) => ({
    band,
    trace_id: hex(0x7a11, 4) + hex(9, 4) + hex(slot, 4) + hex(band, 4) + "0".repeat(16),
    span_id: hex(0xa1, 4) + hex(9, 4) + hex(slot, 4) + hex(band, 4),
    duration_ns: Math.round((BOUNDS[band] + BOUNDS[band + 1]) / 2),
    t: (BigInt(t) + 4_000_000_000n).toString(),
    error,
  });
  return { t, counts, exemplars: slot % 6 === 0 || isStalled ? [exemplar(slowest, isStalled)] : [] };
}

/** The answer of latency with a heatmap; slots 20 to 24 had no span. */
export function withHeatmap(answer) {
  const step = BigInt(answer.step_ns);
  const slots = Array.from({ length: 90 }, (_, slot) => slot)
    .filter((slot) => slot < 20 || slot > 24)
    .map((slot) => slotOf((BigInt(answer.start) + BigInt(slot) * step).toString(), slot));
  return { ...answer, heatmap: { bounds_ns: BOUNDS, slots } };
}

/** The answer of latency with the part of each series above some durations, such as "1000000000ns". */
export function withAbove(answer, texts) {
  const above = (series) =>
    texts.map((text) => {
      const threshold = Number(text.replace("ns", ""));
      const isSure = threshold >= 1e9;
      const most = Math.round(series.count * Math.min(2e6 / threshold, 1));
      const least = isSure ? most : Math.floor(most * 0.98);
      const shares = { share_min: least / series.count, share_max: most / series.count };
      return { threshold_ns: threshold, count_min: least, count_max: most, ...shares };
    });
  return { ...answer, series: answer.series.map((series) => ({ ...series, above: above(series) })) };
}
