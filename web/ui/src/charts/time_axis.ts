// Labels of a time axis: where they stand, and what they say.
import { formatClock, formatDate } from "../base/format";
import { type Nanos, fromSeconds } from "../base/time";
import { minutesAhead } from "../base/zone";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const STEPS = [1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY];

export interface TimeTick {
  /** In seconds. */
  readonly at: number;
  readonly label: string;
}

/** At most so many labels at whole steps by the clocks of the zone. */
export function timeTicks(start: number, end: number, most: number): readonly TimeTick[] {
  const wanted = (end - start) / Math.max(most, 1);
  const step = STEPS.find((candidate) => candidate >= wanted) ?? Math.ceil(wanted / DAY) * DAY;
  const ahead = minutesAhead(start * 1000) * MINUTE;
  const ticks: TimeTick[] = [];
  for (let at = Math.ceil((start + ahead) / step) * step - ahead; at <= end; at += step)
    ticks.push({ at, label: clockLabel(fromSeconds(at), step < MINUTE) });
  return ticks;
}

/** 13:31, 13:31:07 where seconds count, 11-20 at midnight. */
export function clockLabel(time: Nanos, seconds: boolean): string {
  const clock = formatClock(time);
  if (clock === "00:00:00") return formatDate(time).slice(5);
  return seconds ? clock : clock.slice(0, 5);
}
