// Traces and charts whose every text was written by somebody who means harm: nothing runs, nothing is turned around, nothing breaks the layout.
import assert from "node:assert/strict";
import { DEEP, HOSTILE, MARKUP } from "./mock_odd_traces.mjs";
import { copied, until } from "./until.mjs";

const NO_TURN = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u0000-\u0008\u001b]/;

/** What must hold of a page, whatever it shows. */
export async function assertHarmless(page) {
  assert.equal(await page.evaluate(() => window.hacked), undefined, "a script of the data ran");
  const found = await page.evaluate(() => document.querySelectorAll("#app img, #app script, #app iframe, #app object, #app [onerror], #app [onload]").length);
  assert.equal(found, 0, "markup of the data became elements");
  const links = await page.locator("a").evaluateAll((all) => all.map((one) => one.protocol));
  assert(links.every((protocol) => /^https?:$/.test(protocol)), `a link leads to ${links}`);
  const texts = await page.evaluate(() => [document.body.innerText, document.title, ...[...document.querySelectorAll("[title], [aria-label]")].map((one) => `${one.title} ${one.ariaLabel}`)]);
  for (const text of texts) assert.doesNotMatch(text, NO_TURN, "a character that turns or hides text is shown as such");
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert(beyond <= 0, `${beyond} px are beyond the edge`);
}

/** The rows of the waterfall are as high as all others, and nothing reaches out of the drawer. */
async function assertLayout(page) {
  const heights = await page.locator(".waterfall-row").evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height));
  assert(heights.every((height) => height === 22), `rows are ${heights} px high`);
  const over = await page.evaluate(() => {
    const { left, right } = document.querySelector(".drawer").getBoundingClientRect();
    const inside = [...document.querySelectorAll(".drawer-head, .trace-answer, .trace-title, .trace-tools, .waterfall, .attribute-panel, .attribute, .completeness-note, .node-note")];
    return inside.filter((one) => one.getBoundingClientRect().right > right + 1 || one.getBoundingClientRect().left < left - 1).map((one) => one.className);
  });
  assert.deepEqual(over, [], "parts reach beyond the drawer");
}

async function openHostile(page, url, [width, height]) {
  await page.setViewportSize({ width, height });
  await page.goto(`${url}?trace=${HOSTILE}`);
  await page.locator(".waterfall-row.selected").waitFor();
}

export const hostileScenarios = {
  async "a hostile trace: its texts are texts, in the drawer and on the full page, wide and narrow"(page, url) {
    for (const size of [[1440, 900], [390, 844]]) {
      await openHostile(page, url, size);
      await assertHarmless(page);
      await assertLayout(page);
      await page.keyboard.press("f");
      for (const summary of await page.locator(".trace-answer summary").all()) await summary.click();
      for (const row of await page.locator(".waterfall-row").all()) {
        await row.click();
        await assertHarmless(page);
        await assertLayout(page);
      }
    }
    assert.match(await page.locator(".drawer h2").innerText(), /<img src=x onerror=/);
  },

  async "control characters and marks that turn text are spelled out"(page, url) {
    await openHostile(page, url, [1440, 900]);
    const value = page.locator(".attribute-value").first();
    assert.equal(await value.innerText(), `${MARKUP}⟨U+202E⟩gnp.exe⟨U+2066⟩ ⟨U+0007⟩⟨U+0000⟩⟨U+001B⟩[31m⟨U+200B⟩`);
    assert.equal(await value.locator("bdi").count(), 1, "the value is isolated from what is around it");
  },

  async "a value of a megabyte is cut, and shown whole on demand"(page, url) {
    await openHostile(page, url, [1440, 900]);
    const long = page.locator(".attribute", { hasText: "long" }).first();
    assert((await long.innerText()).length < 3000);
    await long.getByRole("button", { name: "show all, 1,046,590 more characters" }).click();
    await until(page, () => [...document.querySelectorAll(".attribute-value bdi")].some((one) => one.textContent.length > 1_048_000));
    await assertHarmless(page);
    const size = await long.boundingBox();
    assert(size.height < 400, "a long value scrolls in itself");
  },

  async "a filter from a hostile value asks for exactly that value"(page, url) {
    await openHostile(page, url, [1440, 900]);
    const attribute = page.locator(".attribute").first();
    await attribute.hover();
    await attribute.getByRole("button", { name: /^filter =/ }).click();
    const clause = await page.evaluate(() => new URLSearchParams(location.search).getAll("f").at(-1));
    assert(clause.endsWith('gnp.exe\u2066 \\x07\\x00\\x1b[31m\u200b"'), clause);
    await assertHarmless(page);
    await page.reload();
    await page.locator(".waterfall-row.selected").waitFor();
    await assertHarmless(page);
  },

  async "a hostile trace is searched, copied and followed"(page, url) {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await openHostile(page, url, [1440, 900]);
    await page.getByRole("searchbox", { name: "Search in this trace" }).fill("(<img[");
    await page.locator(".trace-search-count", { hasText: "none found" }).waitFor();
    await page.getByRole("searchbox", { name: "Search in this trace" }).fill("<script>");
    await page.locator(".trace-search-count", { hasText: "3" }).waitFor();
    await page.locator(".waterfall-row").first().click();
    await page.getByRole("button", { name: "copy or download this trace" }).click();
    await page.getByRole("menuitem", { name: "copy as OTLP JSON" }).click();
    await page.getByText("OTLP JSON copied").waitFor();
    JSON.parse(await copied(page, /resourceSpans/));
    await assertHarmless(page);
  },

  async "a chart of hostile groups: legend, table and tooltip show texts"(page, url) {
    await page.route("**/api/v1/latency*", async (route) => {
      const answer = await (await route.fetch()).json();
      for (const series of answer.series) for (const name of Object.keys(series.labels)) if (series.labels[name] !== null) series.labels[name] = `${MARKUP}\u202egnp\u0007`.repeat(40);
      await route.fulfill({ json: answer });
    });
    await page.goto(url);
    await page.locator(".dot-buttons button").first().waitFor({ state: "attached" });
    await assertHarmless(page);
    const box = await page.locator(".dot-buttons button").nth(20).boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.locator(".tooltip .card-head").waitFor();
    await assertHarmless(page);
    await page.keyboard.press("t");
    await page.locator(".points-table").waitFor();
    await assertHarmless(page);
  },

  async "a chain of a thousand calls: names stay in view, keys reach the end and fold"(page, url) {
    await page.goto(`${url}?trace=${DEEP}`);
    await page.locator(".waterfall-row.selected").waitFor();
    await page.keyboard.press("w");
    await page.keyboard.press("End");
    const last = page.locator(".waterfall-row.selected", { hasText: "call 999" });
    await last.waitFor();
    assert.equal(await last.getAttribute("aria-level"), "1000");
    const name = await last.locator(".waterfall-text").boundingBox();
    assert(name.width > 30, "the name of the deepest span is not squeezed out");
    await page.keyboard.press("Home");
    await page.keyboard.press("*");
    const rowCount = (count) => until(page, (wanted) => document.querySelector('[role="treegrid"]').getAttribute("aria-rowcount") === wanted, count);
    await rowCount("1");
    await page.keyboard.press("*");
    await rowCount("1001");
    await assertLayout(page);
  },
};
