// Questions that take their time: how far they are, giving them up, what stays on the screen meanwhile.
import assert from "node:assert/strict";
import { eventually, until } from "./until.mjs";

const NEVER_MS = 60_000;
const box = (page, within) => page.locator(`${within} .waiting-box`);
const bar = (page, within) => box(page, within).getByRole("progressbar");

async function notebook(page, url, cells) {
  const document = { schema: "tailplane.notebook/1", title: "Slow", time: { from: "now-1h", to: "now", refresh: "5s" }, cells };
  const { id } = await (await page.request.post(`${url}api/v1/notebooks`, { data: document })).json();
  await page.goto(`${url}?v=nb&id=${id}`);
  await page.locator(".cell-head").first().waitFor();
}

/** In the page: the properties that animations and transitions change within a time. */
async function animated(milliseconds) {
  const apart = ["offset", "computedOffset", "easing", "composite"];
  const seen = new Set();
  for (const start = performance.now(); performance.now() - start < milliseconds; ) {
    for (const { effect } of document.getAnimations()) for (const name of effect.getKeyframes().flatMap(Object.keys)) seen.add(name);
    await new Promise((done) => requestAnimationFrame(done));
  }
  return [...seen].filter((name) => !apart.includes(name)).sort();
}

export const waitingScenarios = {
  async "waiting: a slow chart says how far it is, over the last answer, and is given up by keys"(page, url, mock) {
    await page.goto(url);
    await page.locator(".dot-buttons button").first().waitFor({ state: "attached" });
    assert.equal(await box(page, ".panel").count(), 0, "a quick answer says nothing");
    const before = await page.locator(".chart").boundingBox();
    mock.faults.delayLatencyMs = NEVER_MS;
    await page.keyboard.press("r");
    await until(page, () => /^reading \d\.\d of 11\.0 M rows, \d+ %$/.test(document.querySelector(".panel .waiting-words")?.textContent ?? ""));
    const percent = Number(await bar(page, ".panel").getAttribute("aria-valuenow"));
    assert(percent > 0 && percent < 100, `${percent} %`);
    assert.deepEqual(await page.locator(".chart").boundingBox(), before, "the last answer stays where it was");
    await eventually(async () => assert(Number(await bar(page, ".panel").getAttribute("aria-valuenow")) > percent, "it moves on"));
    assert.equal(await page.locator(".panel .waiting [role=status]").innerText(), "The answer takes a while. It can be cancelled.");
    await box(page, ".panel").getByRole("button", { name: "Cancel" }).focus();
    await page.keyboard.press("Enter");
    await page.locator(".stale", { hasText: "The request was cancelled; this is the last answer, from" }).waitFor();
    await eventually(async () => assert.equal(mock.faults.leftAlone, 1, "the server is told"));
    mock.faults.delayLatencyMs = 0;
    await page.getByRole("button", { name: "Run again" }).click();
    await page.locator(".stale").waitFor({ state: "detached" });
  },

  async "waiting: the answer and the failure of a slow question come by the same stream"(page, url, mock) {
    mock.faults.delayLatencyMs = 2_000;
    await page.goto(url);
    await bar(page, ".panel").waitFor();
    await page.locator(".dot-buttons button").first().waitFor({ state: "attached" });
    assert.equal(await box(page, ".panel").count(), 0);
    assert(mock.faults.askedLatency.every(({ accept }) => accept === "text/event-stream, application/json"), "the chart asks for a stream");
    await page.goto(`${url}?f=${encodeURIComponent('name = "too-much"')}`);
    await bar(page, ".panel").waitFor();
    await page.getByText("A limit of the server is reached").waitFor();
    await page.getByText("query.memory allows: 512 MB").waitFor();
  },

  async "waiting: a cancelled cell waits for its reader, the others for the clock"(page, url, mock) {
    mock.faults.live = "none";
    mock.faults.delayPostMs = NEVER_MS;
    await notebook(page, url, [
      { id: "a", kind: "sql", query: "SELECT 1" },
      { id: "b", kind: "latency" },
    ]);
    await box(page, "#cell-a").getByRole("button", { name: "Cancel" }).click();
    await page.locator("#cell-a .state", { hasText: "The request was cancelled" }).waitFor();
    mock.faults.delayPostMs = 0;
    mock.faults.askedLatency.length = 0;
    await eventually(async () => assert(mock.faults.askedLatency.length >= 2, "the chart is asked again"));
    assert.equal(mock.faults.asked.length, 1);
    await page.locator("#cell-a").getByRole("button", { name: "Run again" }).last().click();
    await page.locator("#cell-a .data-table").waitFor();
    // The clock has just moved on, for the chart.
    await page.waitForTimeout(300);
    assert.equal(mock.faults.asked.length, 2, "once more, not twice");
  },

  async "waiting: a cell in the queue can be given up too, and all be asked again"(page, url, mock) {
    mock.faults.delayPostMs = NEVER_MS;
    await page.setViewportSize({ width: 1280, height: 1400 });
    await notebook(page, url, [..."abcdef"].map((id) => ({ id, kind: "sql", query: `SELECT '${id}'`, height: 120 })));
    await eventually(async () => assert.equal(await page.locator(".waiting-box").count(), 6));
    const saying = (words) => page.locator(".waiting-box", { hasText: words });
    await eventually(async () => assert.deepEqual([await saying("reading").count(), await saying("waiting for the answer").count()], [4, 2]));
    for (const words of ["waiting for the answer", "reading"]) await saying(words).first().getByRole("button", { name: "Cancel" }).click();
    await eventually(async () => assert.equal(mock.faults.asked.length, 5, "one takes the place of the one given up; the other is never asked"));
    mock.faults.delayPostMs = 0;
    await page.getByRole("button", { name: "Refresh now" }).click();
    await eventually(async () => assert.equal(await page.locator(".cell .data-table").count(), 6));
  },

  async "waiting: what moves meanwhile is not laid out or painted anew in every frame, on home and over a chart"(page, url, mock) {
    mock.faults.delayLatencyMs = NEVER_MS;
    for (const [view, within] of [["?v=home", ".tiles-section"], ["", ".panel"]]) {
      await page.goto(`${url}${view}`);
      await until(page, (within) => document.querySelector(`${within} .waiting-bar[aria-valuenow]`) !== null, within);
      assert.deepEqual(await page.evaluate(animated, 700), ["opacity", "transform"], "these two a browser moves without the page");
    }
    await page.goto("about:blank");
    await eventually(async () => assert.equal(mock.faults.leftAlone, 2));
  },
};
