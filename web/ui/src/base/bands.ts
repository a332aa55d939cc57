// Bands of durations: requests, or pod starts, by how long they take.

/** They meet at the quantiles 0.5, 0.95 and 0.99; the fastest first. */
export const BANDS = ["to_p50", "p50_to_p95", "p95_to_p99", "above_p99"] as const;
export type Band = (typeof BANDS)[number];
