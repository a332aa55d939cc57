import { describe, expect, it } from "vitest";
import { formatInstant, formatRange } from "../../src/base/format";
import { recall } from "../../src/base/storage";
import { chooseZone, zoneName } from "../../src/base/zone";
import { fromSeconds, parseSpan, parseTime, rfc3339, toSeconds } from "../../src/base/time";

const NOW = 1_795_000_000_123_456_789n;

describe("parseTime", () => {
  it("reads what the API reads", () => {
    expect(parseTime("now", NOW)).toBe(NOW);
    expect(parseTime("now-15m", NOW)).toBe(NOW - 900_000_000_000n);
    expect(parseTime("now-1h30m", NOW)).toBe(NOW - 5_400_000_000_000n);
    expect(parseTime("1795000000", NOW)).toBe(1_795_000_000_000_000_000n);
    expect(parseTime("1795000000123", NOW)).toBe(1_795_000_000_123_000_000n);
    expect(parseTime("1795000000123456789", NOW)).toBe(NOW);
    expect(parseTime("2026-11-18T11:06:40.123456789Z", NOW)).toBe(NOW);
    expect(parseTime(" 2026-11-18T12:06:40+01:00 ", NOW)).toBe(1_795_000_000_000_000_000n);
  });

  it("refuses anything else", () => {
    for (const text of ["", "now-", "now-15", "now+5m", "yesterday", "2026-13-01T00:00:00Z", "15m", "-5"]) expect(parseTime(text, NOW)).toBeNull();
  });
});

describe("rfc3339", () => {
  it("keeps every digit and no needless one", () => {
    expect(rfc3339(NOW)).toBe("2026-11-18T11:06:40.123456789Z");
    expect(rfc3339(1_795_000_000_120_000_000n)).toBe("2026-11-18T11:06:40.120Z");
    expect(rfc3339(1_795_000_000_000_000_000n)).toBe("2026-11-18T11:06:40Z");
  });

  it("is read back as the same time", () => {
    for (const time of [0n, 1n, 999n, 1_000_000n, NOW, NOW + 877n]) expect(parseTime(rfc3339(time), 0n)).toBe(time);
  });
});

describe("seconds", () => {
  it("keep microseconds both ways", () => {
    const time = 1_795_000_000_123_456_000n;
    expect(fromSeconds(toSeconds(time)) - time).toBe(0n);
  });
});

describe("parseSpan", () => {
  it("adds up units", () => {
    expect(parseSpan("250ms")).toBe(250_000_000n);
    expect(parseSpan("1d2h")).toBe(93_600_000_000_000n);
    expect(parseSpan("off")).toBeNull();
  });
});

describe("the zone", () => {
  it("is the browser's or UTC, for reading and for typing, and is kept", () => {
    chooseZone("utc");
    expect(recall("tailplane.zone")).toBe("utc");
    expect([formatInstant(NOW), zoneName()]).toEqual(["2026-11-18 11:06:40.123", "UTC"]);
    expect(formatRange(NOW, NOW + 86_400_000_000_000n)).toBe("2026-11-18 11:06:40 – 2026-11-19 11:06:40");
    expect(parseTime("2026-11-18 11:06:40", NOW)).toBe(1_795_000_000_000_000_000n);
    chooseZone("local");
    expect(parseTime("2026-11-18 11:06:40", NOW)).toBe(BigInt(new Date(2026, 10, 18, 11, 6, 40).getTime()) * 1_000_000n);
    expect(formatInstant(BigInt(new Date(2026, 0, 2, 3, 4, 5, 6).getTime()) * 1_000_000n)).toBe("2026-01-02 03:04:05.006");
  });

  it("leaves times that say theirs alone", () => {
    chooseZone("utc");
    expect(parseTime("2026-11-18T12:06:40+01:00", NOW)).toBe(1_795_000_000_000_000_000n);
    chooseZone("local");
  });
});
