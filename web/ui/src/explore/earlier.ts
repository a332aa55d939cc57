// The answer to the question of the chart so much earlier, asked once the chart's own answer says which slots it has.
import { type ReadonlySignal, computed } from "@preact/signals";
import { type Latency, type LatencyRequest, fetchLatency } from "../api/latency";
import { type Query, type QueryState, createQuery } from "../base/query";
import { type Result, success } from "../base/result";
import { parseSpan } from "../base/time";
import type { Earlier } from "../charts/chart_data";

export interface EarlierRequest {
  readonly request: LatencyRequest;
  readonly shiftNs: string;
  /** What has to stay the same for the answer to be one to the question of the chart. */
  readonly sameness: string;
}

interface EarlierAnswer extends Earlier {
  readonly sameness: string;
}

export interface EarlierQuery {
  readonly query: Query<EarlierRequest, EarlierAnswer>;
  /** As JSON; null while there is nothing to ask. */
  readonly question: ReadonlySignal<string | null>;
  /** What is drawn beside the chart; null where nothing is. */
  readonly answer: ReadonlySignal<Earlier | null>;
}

/** The same slots, a whole number of steps earlier. */
export function earlierRequest(request: LatencyRequest, { start, end, stepNs }: Latency, before: string): EarlierRequest {
  const step = BigInt(Math.max(Math.round(stepNs), 1));
  const shift = ((parseSpan(before) ?? 0n) / step) * step;
  // The time before has no dots, limits and cells.
  const { above: _above, heatmap: _heatmap, ...asked } = request;
  return {
    request: { ...asked, exemplars: 0, start: `${start - shift}`, end: `${end - shift}`, step: `${step}ns` },
    shiftNs: shift.toString(),
    sameness: JSON.stringify([request.filter, request.by, before]),
  };
}

export function createEarlier(
  latency: ReadonlySignal<QueryState<Latency>>,
  request: ReadonlySignal<string>,
  before: ReadonlySignal<string | null>,
): EarlierQuery {
  const query = createQuery<EarlierRequest, EarlierAnswer>(fetchEarlier);
  const asked = computed(() => JSON.parse(request.value) as LatencyRequest);
  const question = computed(() => {
    const { value, loading, failure } = latency.value;
    if (before.value === null || value === null || loading || failure !== null) return null;
    return JSON.stringify(earlierRequest(asked.value, value, before.value));
  });
  const answer = computed(() => {
    const { value } = query.state.value;
    const { filter, by } = asked.value;
    return value !== null && value.sameness === JSON.stringify([filter, by, before.value]) ? value : null;
  });
  return { query, question, answer };
}

export async function fetchEarlier({ request, shiftNs, sameness }: EarlierRequest, signal: AbortSignal): Promise<Result<EarlierAnswer>> {
  const answer = await fetchLatency(request, signal);
  return answer.ok ? success({ latency: answer.value, shiftNs: BigInt(shiftNs), sameness }) : answer;
}
