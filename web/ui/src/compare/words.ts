// Findings in words: what was found, how sure it is, what its rows are filtered by, and why an attribute is left out.
import type { ComparedValue, HiddenAttribute } from "../api/compare";
import { clauseParts, splitFilter } from "../base/clauses";
import { visibleName } from "../base/foreign_text";
import { formatCount } from "../base/format";
import { comparison } from "../base/traceql";

/** The two sides, as they are called in the table. */
export interface SideNames {
  readonly selected: string;
  readonly baseline: string;
}

/** "list", or that there is none. */
export function valueWords({ value }: ComparedValue): string {
  if (value === null) return "none";
  return value === "" ? "empty" : value;
}

/** The same for a line of the page, whatever the value holds. */
export function shownWords(value: ComparedValue): string {
  return visibleName(valueWords(value));
}

/** Ordered: the first whose bound is not exceeded holds. */
const SURENESS: readonly (readonly [bound: number, words: string])[] = [
  [1e-6, "not chance"],
  [1e-3, "hardly chance"],
];

/** How sure a difference is, for readers who do not think in q-values. */
export function surenessWords(qValue: number): string {
  return SURENESS.find(([bound]) => qValue <= bound)?.[1] ?? "probably not chance";
}

/** The same as a number, and what it means. */
export function surenessNote(qValue: number): string {
  const number = qValue === 0 ? "below 1e-300" : qValue < 0.001 ? qValue.toExponential(1) : qValue.toFixed(3);
  return `q-value ${number}: of findings at least this clear, so large a part would be chance`;
}

/** "+89 points", with a true minus sign. */
export function differenceWords(difference: number): string {
  const points = Math.abs(difference * 100);
  return `${difference < 0 ? "−" : "+"}${points.toFixed(points < 9.95 ? 1 : 0)} points`;
}

/** The clauses that keep a value's rows. */
export function includingClauses(filter: string): readonly string[] {
  return splitFilter(filter);
}

/** The clause that leaves them out. */
export function excludingClause(filter: string): string {
  const clauses = splitFilter(filter);
  const [first = "", ...others] = clauses;
  const parts = clauseParts(first);
  if (others.length === 0 && parts?.operator === "=") return comparison(parts.name, "!=", parts.value);
  return `!(${clauses.join(" && ")})`;
}

/** Why an attribute is not among the findings. */
export function hiddenReason({ rows, distinct }: HiddenAttribute): string {
  const many = distinct * 2 > rows ? "nearly every row has a value of its own" : "too many different values to tell them apart";
  return `${many}: ${formatCount(distinct)} in ${formatCount(rows)} rows`;
}
