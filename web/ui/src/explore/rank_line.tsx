// How a span stands among those of its kind in the range of the page: "p99.4 of list pods (n = 18,204)".
import type { ApiRequest } from "../api/request";
import type { Span } from "../api/trace";
import { type Rank, fetchRank } from "../api/rank";
import { visibleName } from "../base/foreign_text";
import { formatCount } from "../base/format";
import { joinClauses } from "../base/clauses";
import { comparison, quoteString } from "../base/traceql";
import { useAnswer } from "./use_answer";
import type { Range } from "./view";

/** A rank among fewer says nothing. */
const RANKED_MIN = 20;

interface RankLineProps {
  /** The time of the page. */
  readonly range: Range;
  readonly span: Span;
  readonly requests: readonly ApiRequest[];
}

export function RankLine({ range, span, requests }: RankLineProps) {
  const kind = kindOf(span, requests.find((request) => request.spanId === span.spanId) ?? null);
  const { from, to } = range;
  const question = { filter: joinClauses(kind.clauses), start: from, end: to, durationNs: span.durationNs };
  const { value } = useAnswer(question, 0, fetchRank);
  const words = value === null ? null : rankWords(value);
  // Keeps its line, so that nothing below moves when the answer comes.
  return <p class="muted rank-line">{words === null ? "\u00a0" : <>{words.head} of <bdi>{visibleName(kind.words, 120)}</bdi> {words.tail}</>}</p>;
}

interface Kind {
  readonly words: string;
  readonly clauses: readonly string[];
}

/** A request is ranked among those of its verb and resource, any other span among those of its name and service. */
export function kindOf(span: Span, request: ApiRequest | null): Kind {
  if (request !== null && request.verb !== "" && request.resource !== "") {
    const clauses = [comparison("k8s:verb", "=", quoteString(request.verb)), comparison("k8s:resource", "=", quoteString(request.resource))];
    return { words: `${request.verb} ${request.resource}`, clauses };
  }
  const clauses = [comparison("name", "=", quoteString(span.name))];
  if (span.service !== "") clauses.push(comparison("resource.service.name", "=", quoteString(span.service)));
  return { words: span.service === "" ? span.name : `${span.name} by ${span.service}`, clauses };
}

/** Null where there are too few to say anything. */
export function rankWords({ count, shareMin, shareMax }: Rank): { readonly head: string; readonly tail: string } | null {
  if (count < RANKED_MIN) return null;
  const [low, high] = [percentile(1 - shareMax), percentile(1 - shareMin)];
  return { head: low === high ? `p${low}` : `p${low} to p${high}`, tail: `(n = ${formatCount(count)})` };
}

/** Cut to a tenth, so that the slowest but one of many is not p100. */
function percentile(share: number): string {
  return String(Math.floor(Number((share * 1000).toFixed(6))) / 10);
}
