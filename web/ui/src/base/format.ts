// Numbers, durations and times as people read them. Times are in the zone that the reader chose.
import { type Nanos, floorDivide } from "./time";
import { minutesAhead } from "./zone";

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function formatCount(count: number): string {
  return GROUPED.format(count);
}

/** "1 span", "2 spans", "18,204 spans". */
export function formatQuantity(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Nanoseconds with three significant digits: 340 µs, 8.12 ms, 1.24 s, 2 min 05 s, 3 h 20 min, 2 d 4 h. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0";
  if (nanoseconds < 0) return `-${formatDuration(-nanoseconds)}`;
  const seconds = nanoseconds / 1e9;
  if (seconds >= 119.5) return formatLong(Math.round(seconds));
  if (nanoseconds < 999.5) return `${Math.round(nanoseconds)} ns`;
  if (nanoseconds < 999.5e3) return `${threeDigits(nanoseconds / 1e3)} µs`;
  if (nanoseconds < 999.5e6) return `${threeDigits(nanoseconds / 1e6)} ms`;
  return `${threeDigits(seconds)} s`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

function formatLong(seconds: number): string {
  const pad = (part: number) => part.toString().padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A duration on an axis or as a step: no digits that say nothing (5 ms, not 5.00 ms). */
export function formatRoundDuration(nanoseconds: number): string {
  return formatDuration(nanoseconds).replace(/(\.\d*?)0+(?= )/, "$1").replace(/\.(?= )/, "").replace(/ 00 (s|min)$/, "");
}

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"];

/** 340 B, 1.20 kB, 34.5 MB: powers of ten, three significant digits. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : threeDigits(value)} ${BYTE_UNITS[unit]}`;
}

export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.05) return "<0.1 %";
  const digits = percent !== 0 && Math.abs(percent) < 1 ? 1 : 0;
  return `${percent.toFixed(digits)} %`;
}

/** "0.99" is p99, "0.999" is p99.9. */
export function quantileLabel(quantile: string): string {
  return `p${Number((Number(quantile) * 100).toFixed(6))}`;
}

/** 2026-11-20T13:31:07.412 by the clocks of the zone. */
function clockText(time: Nanos): string {
  const milliseconds = Number(floorDivide(time, 1_000_000n));
  return new Date(milliseconds + minutesAhead(milliseconds) * 60_000).toISOString().slice(0, -1);
}

/** 13:31:07 */
export function formatClock(time: Nanos): string {
  return clockText(time).slice(-12, -4);
}

/** 2026-11-20 */
export function formatDate(time: Nanos): string {
  return clockText(time).slice(0, -13);
}

/** 2026-11-20 13:31:07.412 */
export function formatInstant(time: Nanos): string {
  return clockText(time).replace("T", " ");
}

/** A range without saying the same date twice: 2026-11-20 13:05:00 – 13:20:00. */
export function formatRange(from: Nanos, to: Nanos): string {
  const end = formatDate(from) === formatDate(to) ? formatClock(to) : `${formatDate(to)} ${formatClock(to)}`;
  return `${formatDate(from)} ${formatClock(from)} – ${end}`;
}
