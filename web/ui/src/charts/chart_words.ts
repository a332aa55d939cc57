// What a chart says in words: its summary, where requests stopped finishing, how many took longer than a threshold.
import type { ShareAbove } from "../api/latency";
import { formatClock, formatCount, formatQuantity } from "../base/format";
import type { RowWords } from "../base/rows";
import { fromSeconds } from "../base/time";
import { type ChartData, seriesName } from "./chart_data";
import { type Threshold, measureLabel, measureText } from "./measure";
import type { SlotCount } from "./slot_counts";

const NAMES = { latency: "Latency", rate: "Rate", errors: "Errors", burn: "Burn rate" } as const;

/** One sentence for those who do not see the canvas. */
export function summaryOf(data: ChartData): string {
  return `${NAMES[data.measure]} chart: ${data.series.length} series, ${peakText(data)}. The table view holds the same points.`;
}

/** "highest p99 812 ms of list · pods at 13:31:05" */
function peakText(data: ChartData): string {
  const { measure, lines, series, x } = data;
  const main = lines.filter((line) => line.main && !line.then);
  const peaks = main.flatMap((line) => {
    const value = Math.max(...line.values.map((own) => own ?? -1));
    return value < 0 ? [] : [{ value, of: series[line.series], at: line.values.indexOf(value) }];
  });
  const [peak] = peaks.sort((a, b) => b.value - a.value);
  if (peak === undefined) return "no values";
  const label = measureLabel(data, main[0]?.quantile ?? null);
  const of = peak.of === undefined ? "" : ` of ${seriesName(peak.of, data.words)}`;
  return `highest ${label} ${measureText(measure, peak.value)}${of} at ${formatClock(fromSeconds(x[peak.at] ?? 0))}`;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly least: number;
  readonly before: number;
}

/** Where requests stopped finishing, and what that does to the curve; null where they never did. */
export function stoppedSentence(counts: readonly SlotCount[], { one, work }: RowWords): string | null {
  const stretches = stoppedStretches(counts);
  const first = stretches[0];
  if (first === undefined) return null;
  const [from, to] = [formatClock(fromSeconds(first.from)), formatClock(fromSeconds(first.to))];
  const more = stretches.length === 1 ? "" : `, and ${formatQuantity(stretches.length - 1, "more time")}`;
  const least = formatQuantity(first.least, one);
  const figures = `${least} a slot, ${formatCount(first.before)} before`;
  return `${work} stopped finishing from ${from} to ${to} (${figures})${more}: what hangs has no duration yet, so the curve looks healthier than it is.`;
}

function stoppedStretches(counts: readonly SlotCount[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let last: SlotCount | undefined;
  for (const slot of counts) {
    if (slot.stoppedFrom !== null) {
      const open = last !== undefined && last.stoppedFrom !== null ? stretches.pop() : undefined;
      const { from, least, before } = open ?? { from: slot.from, least: Infinity, before: slot.stoppedFrom };
      stretches.push({ from, to: slot.to, least: Math.min(least, slot.count), before });
    }
    last = slot;
  }
  return stretches;
}

/** Two digits after the point: an SLO is met or missed by hundredths. */
function shareText(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 0.005 ? "<0.01 %" : `${percent.toFixed(2)} %`;
}

/** "0.42 %", or both ends where only those are known. */
export function aboveShare({ share: [low, high] }: Pick<ShareAbove, "share">): string {
  const [least, most] = [shareText(low), shareText(high)];
  return least === most ? most : `${least} to ${most}`;
}

/** "0.42 % of all spans took longer than 1 s: 76 of 18,204". */
export function aboveSentence({ series, words }: Pick<ChartData, "series" | "words">, { ns, label }: Threshold): string | null {
  let [low, high, of] = [0, 0, 0];
  for (const { above, count } of series) {
    const own = above.find(({ thresholdNs }) => thresholdNs === ns);
    if (own === undefined) return null;
    low += own.count[0];
    high += own.count[1];
    of += count;
  }
  if (of === 0) return null;
  const counts = low === high ? formatCount(high) : `${formatCount(low)} to ${formatCount(high)}`;
  return `${aboveShare({ share: [low / of, high / of] })} of all ${words.many} took longer than ${label}: ${counts} of ${formatCount(of)}`;
}
