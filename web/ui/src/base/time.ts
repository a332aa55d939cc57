// Points in time as bigint nanoseconds since the Unix epoch, and the time expressions of the API.
import { zone as chosenZone } from "./zone";

export type Nanos = bigint;

const SECOND = 1_000_000_000n;
const UNIT_NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3_600n * SECOND,
  d: 86_400n * SECOND,
  w: 604_800n * SECOND,
};

/** The browser's clock, in whole milliseconds. */
export function nowNanos(): Nanos {
  return BigInt(Date.now()) * 1_000_000n;
}

/** Reads "15m", "1h30m" or "250ms"; null when it is none of these. */
export function parseSpan(text: string): bigint | null {
  if (!/^(\d+(ns|us|ms|s|m|h|d|w))+$/.test(text)) return null;
  let total = 0n;
  for (const part of text.matchAll(/(\d+)([a-z]+)/g)) total += BigInt(part[1] ?? "0") * (UNIT_NANOS[part[2] ?? ""] ?? 0n);
  return total;
}

/** A length of time as the largest unit that divides it: 1500ms, 2m, 1d. */
export function exactSpan(nanoseconds: bigint): string {
  const [unit, size] = Object.entries(UNIT_NANOS).findLast(([, nanos]) => nanoseconds % nanos === 0n) ?? ["ns", 1n];
  return `${nanoseconds / size}${unit}`;
}

/** Reads what the API reads: now, now-15m, RFC 3339, or Unix seconds, milliseconds, nanoseconds. Null when it is none of these. */
export function parseTime(text: string, now: Nanos): Nanos | null {
  const trimmed = text.trim();
  if (trimmed === "now") return now;
  if (trimmed.startsWith("now-")) {
    const back = parseSpan(trimmed.slice(4));
    return back === null ? null : now - back;
  }
  if (/^\d{1,19}$/.test(trimmed)) return unixNanos(trimmed);
  return parseRfc3339(trimmed);
}

function unixNanos(digits: string): Nanos {
  const value = BigInt(digits);
  if (digits.length <= 11) return value * SECOND;
  return digits.length <= 14 ? value * 1_000_000n : value;
}

function parseRfc3339(text: string): Nanos | null {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?$/i.exec(text);
  if (match === null) return null;
  const [, date, clock, fraction = "", zone = chosenZone.peek() === "utc" ? "Z" : ""] = match;
  const milliseconds = Date.parse(`${date}T${clock}${zone.toUpperCase()}`);
  if (Number.isNaN(milliseconds)) return null;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/** RFC 3339 in UTC with as many fraction digits as needed: 2026-11-20T13:31:07.412Z. */
export function rfc3339(time: Nanos): string {
  const seconds = floorDivide(time, SECOND);
  const fraction = (time - seconds * SECOND).toString().padStart(9, "0").replace(/(?:0{3}){1,3}$/, "");
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return fraction === "" ? `${whole}Z` : `${whole}.${fraction}Z`;
}

/** Seconds since the epoch as a plain number, for a chart's axis: good to about a microsecond. */
export function toSeconds(time: Nanos): number {
  return Number(floorDivide(time, 1_000n)) / 1e6;
}

export function fromSeconds(seconds: number): Nanos {
  return BigInt(Math.round(seconds * 1e6)) * 1_000n;
}

export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient;
}
