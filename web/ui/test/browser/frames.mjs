// Measures what a frame costs: the script in it and its length, while something moves once a frame.
// Script is counted in processor time of the page's main thread, so that it says the same on a machine that is busy with something else.

const SCRIPT = new Set(["FunctionCall", "EvaluateScript", "EventDispatch", "FireAnimationFrame", "RunMicrotasks", "TimerFire", "V8.GC_SCAVENGER", "MinorGC", "MajorGC"]);
/** What the browser does for a script that asks where something lies: not script, though within it. */
const LAYOUT = new Set(["Layout", "UpdateLayoutTree"]);
const MARK = "tailplane-frame";

const quantile = (sorted, share) => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
const summary = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
};

/** Turns the wheel over an element as a hand does, for about `count` frames of 88 pixels, and measures them. */
export async function measureWheel(page, count, selector) {
  const box = await page.locator(selector).boundingBox();
  const client = await page.context().newCDPSession(page);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const turn = client.send("Input.synthesizeScrollGesture", { x, y, yDistance: -88 * count, speed: 88 * 60, gestureSourceType: "mouse" });
  const measured = await measureFrames(page, count - 5, () => undefined);
  await turn;
  await client.detach();
  return measured;
}

/** What the browser notes while something is done, beside what that gave. */
async function traced(page, act) {
  const client = await page.context().newCDPSession(page);
  const events = [];
  client.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await client.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["devtools.timeline", "blink.user_timing", "v8.gc"] } });
  const given = await act();
  const done = new Promise((resolve) => client.once("Tracing.tracingComplete", resolve));
  await client.send("Tracing.end");
  await done;
  await client.detach();
  return { events, given };
}

/** Milliseconds of the main thread's own clock from one mark of the page to another, both made while something is done. */
export async function threadTimeBetween(page, [from, to], act) {
  const { events } = await traced(page, act);
  const at = (name) => events.find((event) => event.name === name)?.tts;
  return (at(to) - at(from)) / 1000;
}

/** Runs `move(frame)` in the page once in each of `count` frames; milliseconds of script in a frame and of the frame itself. */
export async function measureFrames(page, count, move) {
  const { events, given: lengths } = await traced(page, () => page.evaluate(runFrames, { count, move: move.toString(), mark: MARK }));
  const marks = events.filter((event) => event.name === MARK);
  const times = marks.map((event) => event.tts).sort((a, b) => a - b);
  const named = (names) => events.filter((event) => names.has(event.name) && event.ph === "X" && event.tid === marks[0]?.tid && event.pid === marks[0]?.pid);
  const layouts = busyPerFrame(named(LAYOUT), times);
  const script = busyPerFrame(named(new Set([...SCRIPT, ...LAYOUT])), times).map((spent, frame) => spent - layouts[frame]);
  return { script: summary(script), frame: summary(lengths) };
}

/** The union of the events between one mark and the next, in milliseconds of the thread's own clock. */
function busyPerFrame(events, times) {
  const byStart = [...events].sort((a, b) => a.tts - b.tts);
  return times.slice(0, -1).map((from, index) => {
    const until = times[index + 1];
    let [spent, reached] = [0, from];
    for (const { tts, tdur = 0 } of byStart) {
      if (tts + tdur <= reached || tts >= until) continue;
      spent += Math.min(tts + tdur, until) - Math.max(tts, reached);
      reached = Math.max(reached, Math.min(tts + tdur, until));
    }
    return spent / 1000;
  });
}

/** In the page: the lengths of the frames in milliseconds. */
async function runFrames({ count, move, mark }) {
  const act = new Function(`return (${move})`)();
  const lengths = [];
  let last = 0;
  for (let frame = 0; frame <= count; frame++) {
    const now = await new Promise((resolve) => requestAnimationFrame(resolve));
    performance.mark(mark);
    if (frame > 0) lengths.push(now - last);
    last = now;
    act(frame);
  }
  return lengths;
}

export const inMs = ({ p50, p95 }) => `${p50.toFixed(1)}/${p95.toFixed(1)} ms`;
