// Prints what the page costs: until it paints over a slow network, how far it moves while it fills, from a click on a dot to its trace.
// The mock sends the parts compressed, as a served binary (TAILPLANE_URL) does.
import assert from "node:assert/strict";

/** Slow 4G, as Lighthouse simulates it, on a processor a quarter as quick. */
const SLOW = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const SLOW_CPU = { rate: 4 };
/** The most that parts may move, by Chromium's measure (https://web.dev/articles/cls). */
const SHIFT_MAX = 0.02;
const CLICKS = 20;
const DOT = ".dot-buttons button";

/** In the page: sums up shifts that nobody caused, and notes when the first dot was there. */
function watch(dot) {
  window.layoutShift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.layoutShift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  new MutationObserver((_, observer) => {
    if (document.querySelector(dot) === null) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => (window.drawnMs = performance.now())));
  }).observe(document, { childList: true, subtree: true });
}

async function firstScreen(page) {
  await page.locator(DOT).first().waitFor({ state: "attached" });
  const said = await page.evaluate(async () => {
    while (window.drawnMs === undefined) await new Promise((done) => setTimeout(done, 20));
    const paintMs = performance.getEntriesByName("first-contentful-paint")[0].startTime;
    return { paintMs, drawnMs: window.drawnMs, shift: window.layoutShift };
  });
  return { ...said, words: `painted after ${said.paintMs.toFixed(0)} ms, chart drawn after ${said.drawnMs.toFixed(0)} ms, shift ${said.shift.toFixed(4)}` };
}

/** In the page: from a click on a dot to the frame after its trace is there, in ms; then the trace is closed. */
async function clickMs({ dot, place, of }) {
  const dots = [...document.querySelectorAll(dot)];
  const start = performance.now();
  const drawn = new Promise((done) => {
    const look = () => {
      if (document.querySelector(".drawer .waterfall-row.selected") === null) return false;
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
      return true;
    };
    const observer = new MutationObserver(() => look() && observer.disconnect());
    observer.observe(document.body, { childList: true, subtree: true });
  });
  dots[Math.floor((place * dots.length) / of)].click();
  const ms = await drawn;
  document.querySelector(".drawer").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
  return ms;
}

export const pageFigures = {
  async "figures: the first screen, over a slow network and again"(page, url) {
    const client = await page.context().newCDPSession(page);
    await client.send("Network.enable");
    await client.send("Network.emulateNetworkConditions", SLOW);
    await client.send("Emulation.setCPUThrottlingRate", SLOW_CPU);
    await page.addInitScript(watch, DOT);
    await page.goto(url);
    const slow = await firstScreen(page);
    await client.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await client.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    await page.reload();
    const warm = await firstScreen(page);
    console.log(`      slow 4G and a quarter of the processor: ${slow.words}; again, with neither: ${warm.words}`);
    for (const { shift } of [slow, warm]) assert(shift <= SHIFT_MAX, `parts move by ${shift}, at most ${SHIFT_MAX} is wanted`);
  },

  async "figures: from a click on a dot to its trace"(page, url) {
    await page.goto(url);
    await page.locator(DOT).first().waitFor({ state: "attached" });
    const times = [];
    for (let place = 0; place < CLICKS; place++) {
      times.push(await page.evaluate(clickMs, { dot: DOT, place, of: CLICKS }));
      await page.locator(".drawer").waitFor({ state: "detached" });
    }
    const [first, ...others] = times;
    others.sort((one, other) => one - other);
    const at = (share) => others[Math.min(Math.floor(others.length * share), others.length - 1)].toFixed(0);
    console.log(`      the first, with the parts of the trace to be loaded: ${first.toFixed(0)} ms; then p50 ${at(0.5)}, p95 ${at(0.95)} ms of ${others.length}`);
  },
};
