import { describe, expect, it } from "vitest";
import { formatBytes, formatDuration, formatPercent, formatQuantity, formatRange, formatRoundDuration, quantileLabel } from "../../src/base/format";

describe("formatDuration", () => {
  it.each([
    [0, "0"],
    [900, "900 ns"],
    [999.6, "1.00 µs"],
    [340_000, "340 µs"],
    [8_123_456, "8.12 ms"],
    [9_996_000, "10.0 ms"],
    [812_345_678, "812 ms"],
    [999_600_000, "1.00 s"],
    [1_240_000_000, "1.24 s"],
    [12_000_000_000, "12.0 s"],
    [119_400_000_000, "119 s"],
    [125_000_000_000, "2 min 05 s"],
    [3_599_600_000_000, "1 h 00 min"],
    [12_000_000_000_000, "3 h 20 min"],
    [187_200_000_000_000, "2 d 4 h"],
    [-5_000_000, "-5.00 ms"],
  ])("%d ns", (nanoseconds, text) => expect(formatDuration(nanoseconds)).toBe(text));
});

describe("formatRoundDuration", () => {
  it.each([
    [5e6, "5 ms"],
    [1.5e9, "1.5 s"],
    [10e9, "10 s"],
    [100e6, "100 ms"],
    [300e9, "5 min"],
    [3600e9, "1 h"],
    [2e3, "2 µs"],
  ])("%d ns", (nanoseconds, text) => expect(formatRoundDuration(nanoseconds)).toBe(text));
});

it("labels quantiles", () => {
  expect(["0.5", "0.9", "0.99", "0.999"].map(quantileLabel)).toEqual(["p50", "p90", "p99", "p99.9"]);
});

it("formats shares and quantities", () => {
  expect(formatPercent(0.6133)).toBe("61 %");
  expect(formatPercent(0.004)).toBe("0.4 %");
  expect(formatPercent(0)).toBe("0 %");
  expect(formatPercent(0.0004)).toBe("<0.1 %");
  expect([0, 340, 999, 1000, 34_560, 12e12].map(formatBytes)).toEqual(["0 B", "340 B", "999 B", "1.00 kB", "34.6 kB", "12.0 TB"]);
  expect(formatQuantity(1, "call")).toBe("1 call");
  expect(formatQuantity(18204, "span")).toBe("18,204 spans");
});

it("says a date once in a range", () => {
  const noon = BigInt(new Date(2026, 10, 20, 12, 0, 0).getTime()) * 1_000_000n;
  expect(formatRange(noon, noon + 60_000_000_000n)).toBe("2026-11-20 12:00:00 – 12:01:00");
  expect(formatRange(noon, noon + 86_400_000_000_000n)).toBe("2026-11-20 12:00:00 – 2026-11-21 12:00:00");
});
