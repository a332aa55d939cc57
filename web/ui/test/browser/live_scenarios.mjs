// The page follows the server: it asks again when there are new spans, what is seen alone, and not while somebody reads.
import assert from "node:assert/strict";
import { eventually, until } from "./until.mjs";

/** Longer than a page that hears of new spans lets pass. */
const A_WHILE_MS = 2_500;

/** How often the page has asked for what `part` is in the address of. */
function countOf(page, part) {
  let count = 0;
  page.on("request", (request) => (count += request.url().includes(part) ? 1 : 0));
  return () => count;
}

const more = (count, before) => eventually(() => assert(count() > before, `asked ${count()} times`));
const everyOf = (page) => page.getByRole("combobox", { name: "Refresh every" }).locator("option:checked").innerText();

export const liveScenarios = {
  async "live: home asks again as the server tells of new spans, and stops when it is left"(page, url, mock) {
    const asked = countOf(page, "api/v1/latency?");
    await page.goto(`${url}?v=home`);
    await page.locator(".tile").first().waitFor();
    await eventually(() => assert.equal(mock.live.count(), 1));
    const before = asked();
    await page.waitForTimeout(A_WHILE_MS);
    assert.equal(asked(), before, "nothing new, nothing asked");
    mock.live.tell();
    await more(asked, before);
    await page.getByRole("link", { name: "Set up" }).click();
    await page.locator(".setup-steps").waitFor();
    await eventually(() => assert.equal(mock.live.count(), 0));
  },


  async "live: new spans are asked for as the server tells of them, not while somebody reads or nobody sees"(page, url, mock) {
    const asked = countOf(page, "api/v1/latency?");
    await page.goto(`${url}?refresh=30s&from=now-15m`);
    await page.locator(".dot-buttons button").first().waitFor({ state: "attached" });
    await until(page, () => document.querySelector(".refresh option:checked").text === "30s, live");
    let before = asked();
    await page.waitForTimeout(A_WHILE_MS);
    assert.equal(asked(), before, "nothing new, nothing asked");
    mock.live.tell();
    await more(asked, before);
    await page.locator(".chart .u-over").hover();
    before = asked();
    mock.live.tell();
    await page.waitForTimeout(A_WHILE_MS);
    assert.equal(asked(), before, "the reader is at the chart");
    assert.equal(await everyOf(page), "30s, paused");
    await page.mouse.move(5, 5);
    await more(asked, before);
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    before = asked();
    mock.live.tell();
    await page.waitForTimeout(A_WHILE_MS);
    assert.equal(asked(), before, "a dialog is open");
    await page.keyboard.press("Escape");
    await more(asked, before);
    assert.equal(mock.live.count(), 1);
    await page.evaluate(() => {
      Object.defineProperty(document, "hidden", { configurable: true, value: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await eventually(() => assert.equal(mock.live.count(), 0, "nobody sees the page"));
  },

  async "live: cells out of sight ask nothing until they are seen"(page, url, mock) {
    const cells = [...Array(12).keys()].map((index) => ({ id: `c${index}`, kind: "traces", query: `{ span.n = ${index} }`, height: 500 }));
    const notebook = { schema: "tailplane.notebook/1", title: "Live", time: { from: "now-5m", to: "now", refresh: "30s" }, cells };
    const kept = await (await page.request.post(`${url}api/v1/notebooks`, { data: notebook })).json();
    await page.goto(`${url}?v=nb&id=${kept.id}`);
    const textsAsked = () => mock.faults.asked.map(({ question }) => question.text);
    const timesAsked = (index) => textsAsked().filter((text) => text === `{ span.n = ${index} }`).length;
    await page.locator("#cell-c0 tbody tr").first().waitFor();
    await until(page, () => document.querySelector(".refresh option:checked").text === "30s, live");
    mock.live.tell();
    await eventually(() => assert.equal(timesAsked(0), 2));
    assert.equal(timesAsked(11), 0);
    await page.locator("#cell-c11").scrollIntoViewIfNeeded();
    await eventually(() => assert.equal(timesAsked(11), 1));
    mock.live.tell();
    await eventually(() => assert.equal(timesAsked(11), 2));
    assert.equal(timesAsked(0), 2, "the first is out of sight");
  },

  async "live: without a stream the page goes on by the chosen interval"(page, url, mock) {
    mock.faults.live = "none";
    const asked = countOf(page, "api/v1/latency?");
    await page.goto(`${url}?refresh=5s&from=now-15m`);
    await page.locator(".dot-buttons button").first().waitFor({ state: "attached" });
    const before = asked();
    await more(asked, before + 1);
    assert.equal(await everyOf(page), "5s");
  },
};
