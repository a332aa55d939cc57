// When nothing matches in a range: where the newest span that does match is.
import { fetchLatency } from "../api/latency";
import { type Result, success } from "../base/result";
import type { Nanos } from "../base/time";

const LOOK_BACK = "now-7d";

/** The end of the newest span that matches, to the hour if it is no exemplar; null when the last seven days hold none. */
export async function newestMatch(filter: string, signal: AbortSignal): Promise<Result<Nanos | null>> {
  const answer = await fetchLatency(
    { filter, start: LOOK_BACK, end: "now", step: "1h", quantiles: ["0.99"], by: [], exemplars: 3, limit: 1 },
    signal,
  );
  if (!answer.ok) return answer;
  const slot = latest(answer.value.series.flatMap((series) => series.points.map((point) => point.t)));
  const span = latest(answer.value.series.flatMap((series) => series.exemplars.map((exemplar) => exemplar.t)));
  return success(span ?? slot);
}

function latest(times: readonly Nanos[]): Nanos | null {
  return times.reduce<Nanos | null>((last, time) => (last === null || time > last ? time : last), null);
}
