// What a question is about, as the API calls it, and in words.

export const ROWS = ["spans", "requests", "pod_starts"] as const;
/** Spans, or rows that are made of them. */
export type RowsOf = (typeof ROWS)[number];

export interface RowWords {
  readonly one: string;
  readonly many: string;
  /** What hangs where none of them ends. */
  readonly work: string;
}

export const OF_WORDS: Readonly<Record<RowsOf, RowWords>> = {
  spans: { one: "span", many: "spans", work: "Requests" },
  requests: { one: "request", many: "requests", work: "Requests" },
  pod_starts: { one: "pod start", many: "pod starts", work: "Pod starts" },
};
