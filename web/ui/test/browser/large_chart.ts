// For the figures: draws a chart of more points than an answer has by the page's own code, in the page.
import { LIGHT } from "../../src/base/palette";
import { chartData } from "../../src/charts/chart_data";
import { createPlot } from "../../src/charts/plot";
import { makeExemplar, makeLatency, makePoint, makeSeries } from "../unit/make_latency";

const SERIES = 10;
const SLOTS = 10_000;
const DOTS = 1_000;
const STEP_SECONDS = 10;
const FIRST_SECOND = 1_000;

function largeLatency() {
  const seconds = [...Array(SLOTS).keys()].map((slot) => FIRST_SECOND + slot * STEP_SECONDS);
  const series = [...Array(SERIES).keys()].map((one) => {
    const points = seconds.map((second) => makePoint(second, 10 ** (6 + one / 4 + Math.sin(second / 4_000) + ((second * 7919) % 101) / 200)));
    const exemplars = [...Array(DOTS / SERIES).keys()].map((dot) => makeExemplar(seconds[dot * 100 + one]!, { spanId: `${one} ${dot}`, durationNs: 10 ** (6.5 + one / 4) }));
    return makeSeries(points, { labels: [["name", `series ${one}`]], exemplars });
  });
  const from = BigInt(FIRST_SECOND);
  return makeLatency(series, { start: from * 1_000_000_000n, end: (from + BigInt(SLOTS * STEP_SECONDS)) * 1_000_000_000n });
}

export interface Took {
  /** Milliseconds by the clock: the data of the chart out of the answer, the chart out of its data. */
  readonly preparedMs: number;
  readonly drawnMs: number;
}

/** Draws it once; the page's marks "begun" and "drawn" are around the drawing. */
export async function draw(): Promise<Took> {
  const latency = largeLatency();
  const host = document.body.appendChild(document.createElement("div"));
  const started = performance.now();
  const data = chartData(latency, ["0.99"]);
  const begun = performance.mark("begun").startTime;
  const ignore = () => undefined;
  const steps = { onCursor: ignore, onClick: ignore, onZoom: ignore, onResetZoom: ignore, onCompare: ignore };
  await new Promise<void>((resolve) => {
    createPlot(host, { data, palette: LIGHT, colourOf: () => "#1f5fbf", width: 1200, height: 380, ...steps, onLayout: () => resolve() });
  });
  const { startTime } = performance.mark("drawn");
  host.remove();
  return { preparedMs: begun - started, drawnMs: startTime - begun };
}
