// Prints what large traces cost: from bytes to painted, script in a frame and frames while scrolling, panning and zooming, the heap.
import assert from "node:assert/strict";
import { inMs, measureFrames, measureWheel, threadTimeBetween } from "./frames.mjs";
import { manyId } from "./mock_odd_traces.mjs";
import { until } from "./until.mjs";

const FRAMES = 120;
const MOVES = {
  pan: (frame) => document.querySelector('[role="treegrid"]').dispatchEvent(new KeyboardEvent("keydown", { key: frame % 60 < 30 ? "d" : "a", bubbles: true, cancelable: true })),
  zoom: (frame) => document.querySelector('[role="treegrid"]').dispatchEvent(new KeyboardEvent("keydown", { key: frame % 10 < 5 ? "w" : "s", bubbles: true, cancelable: true })),
};

/** Most milliseconds of script in a frame (median, 95 %), and megabytes of the heap. Times by the clock are printed only: they depend on what else the machine does. */
const GATES = { 10_000: [1, 4, 30], 100_000: [2, 6, 80] };

async function figures(page, url, count) {
  page.setDefaultTimeout(60_000);
  await page.addInitScript(markPainted);
  // The parts of the page are there when the trace comes, as they are for every trace but the first.
  await page.goto(`${url}?trace=7a110000000500010000000000000000`);
  await page.locator(".waterfall-row.selected").waitFor();
  const busy = await threadTimeBetween(page, ["last-byte", "painted"], async () => {
    await page.evaluate((id) => {
      history.pushState(null, "", `?trace=${id}`);
      window.dispatchEvent(new PopStateEvent("popstate"));
    }, manyId(count));
    // Not by a locator, which would look through the page for the rows while they are being made.
    await until(page, () => window.paintedMs !== undefined);
  });
  const { paintedMs, bytes } = await page.evaluate(() => ({ paintedMs: window.paintedMs, bytes: window.bytes }));
  await page.locator('[role="treegrid"]').focus();
  const moves = { scroll: await measureWheel(page, FRAMES, '[role="treegrid"]') };
  await page.keyboard.press("w");
  for (const [name, move] of Object.entries(MOVES)) moves[name] = await measureFrames(page, FRAMES, move);
  const client = await page.context().newCDPSession(page);
  await client.send("HeapProfiler.collectGarbage");
  const { usedSize } = await client.send("Runtime.getHeapUsage");
  return { bytes, painted: { ms: paintedMs, busy }, moves, heapMb: usedSize / 1e6 };
}

/** From the last byte of a trace to the frame after its rows are in the page. */
function markPainted() {
  const text = Response.prototype.text;
  Response.prototype.text = async function () {
    const body = await text.call(this);
    if (body.length < 1e6) return body;
    window.bytes = body.length;
    const start = performance.now();
    performance.mark("last-byte");
    const observer = new MutationObserver(() => {
      if (!document.querySelector(".waterfall-text")?.textContent?.startsWith("step")) return;
      observer.disconnect();
      requestAnimationFrame(() =>
        setTimeout(() => {
          performance.mark("painted");
          window.paintedMs = performance.now() - start;
        }),
      );
    });
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
    return body;
  };
}

function scenarioOf(count) {
  return async (page, url) => {
    const { bytes, painted, moves, heapMb } = await figures(page, url, count);
    const words = Object.entries(moves).map(([name, { script, frame }]) => `${name}: script ${inMs(script)}, frame ${inMs(frame)}`);
    console.log(`      ${count} spans, ${(bytes / 1e6).toFixed(0)} MB: painted after ${painted.ms.toFixed(0)} ms, of which the page was at work for ${painted.busy.toFixed(0)}; ${words.join("; ")} (p50/p95); heap ${heapMb.toFixed(0)} MB`);
    const [median, most, heapMost] = GATES[count];
    assert(heapMb <= heapMost, `the heap is ${heapMb.toFixed(0)} MB, the gate is ${heapMost} MB`);
    for (const [name, { script }] of Object.entries(moves)) {
      assert(script.p50 <= median && script.p95 <= most, `script in a frame of ${name}: ${inMs(script)}, the gate is ${median}/${most} ms`);
    }
  };
}

export const figureScenarios = {
  "figures of 10,000 spans": scenarioOf(10_000),
  "figures of 100,000 spans": scenarioOf(100_000),
};
