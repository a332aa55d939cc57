// Spans by time and duration: cells to point at, to walk over and to compare, exemplars to open.
import assert from "node:assert/strict";
import { until } from "./until.mjs";

const parameters = (page, name) => page.evaluate((key) => new URLSearchParams(location.search).getAll(key), name);

async function openHeatmap(page, url, query = "?chart=heatmap") {
  await page.goto(url + query);
  await page.locator(".heatmap-surface").waitFor();
}

/** The stall, in which few requests end, slowly: slots 58 to 61 of 90, from 1.2 s to 5 s. */
async function stallPlace(page) {
  const box = await page.locator(".heatmap-surface").boundingBox();
  return { left: box.x + (58.5 / 90) * box.width, right: box.x + (61.5 / 90) * box.width, top: box.y + 6, bottom: box.y + 50 };
}

async function dragOverStall(page) {
  const { left, right, top, bottom } = await stallPlace(page);
  await page.mouse.move(left, top);
  await page.mouse.down();
  await page.mouse.move(right, bottom, { steps: 6 });
  await page.mouse.up();
}

export const heatmapScenarios = {
  async "a heatmap is asked for once it is chosen, and back returns to lines"(page, url) {
    await page.goto(url);
    await page.getByRole("button", { name: "Heatmap" }).click();
    await page.locator(".heatmap-surface").waitFor();
    assert.deepEqual(await parameters(page, "chart"), ["heatmap"]);
    assert.match(await page.locator(".heatmap").getAttribute("aria-label"), /^Heatmap of 1\d\d,\d{3} spans by time and duration: the fullest cell is .* ms – .* ms, the slowest .* s – .* s, first in the slot of 11:01:20/);
    assert.equal(await page.locator("h1").innerText(), "API requests, without watches and streams");
    await page.goBack();
    await page.locator(".legend").waitFor();
  },

  async "pointing at a cell says what it holds, a click selects it"(page, url) {
    await openHeatmap(page, url);
    const box = await page.locator(".heatmap-surface").boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.78);
    const card = page.locator(".tooltip .card");
    await card.waitFor();
    assert.match(await card.innerText(), /^\d+ spans of [\d.]+ ms – [\d.]+ ms\n+2026-11-18 10:59:10 – 10:59:20\n+\d+(\.\d)? % of the slot’s 1,\d{3} spans$/);
    await page.mouse.click(box.x + box.width / 2, box.y + box.height * 0.78);
    assert.match(await page.locator(".selection-bar").innerText(), /^\d+ spans \(.* % of that time\), .* ms – .* ms, 2026-11-18 10:59:10 – 10:59:20/);
  },

  async "a drag selects cells, which are compared with the rest of their time"(page, url, mock) {
    await openHeatmap(page, url);
    mock.faults.asked.length = 0;
    await dragOverStall(page);
    const said = await page.locator(".selection-bar > span").innerText();
    assert.match(said, /^\d+ spans \(\d+ % of that time\), 1\.\d+ s – 5\.\d+ s, 2026-11-18 11:01:20 – 11:02:00$/);
    await page.getByRole("button", { name: "Compare with the rest" }).click();
    await page.locator(".findings").waitFor();
    const { question } = mock.faults.asked.at(-1);
    assert.deepEqual([question.start, question.end, question.of], ["2026-11-18T11:01:20Z", "2026-11-18T11:02:00Z", "spans"]);
    assert.match(question.selection, /^\{ duration >= 1\d{9}ns && duration < 5\d{9}ns \}$/);
    assert.match(await page.locator("#compare-title").innerText(), /^What spans of 1\.\d+ s – 5\.\d+ s have in common$/);
    const address = page.url();
    await page.goto(address);
    await page.locator(".findings").waitFor();
    await page.locator(".heatmap-box").waitFor();
    assert.equal(await page.locator(".selection-bar > span").innerText(), said, "the address keeps the box");
    await page.getByRole("button", { name: "Clear" }).click();
    assert.deepEqual(await parameters(page, "box"), []);
  },

  async "arrows move over cells, Shift draws a box, Enter compares it, Escape clears it"(page, url, mock) {
    await openHeatmap(page, url);
    await page.locator(".heatmap-surface").focus();
    await page.keyboard.press("ArrowLeft");
    const status = page.locator(".heatmap [role=status]");
    const first = await status.textContent();
    assert.match(first, /^\d+ spans?, 4\.\d+ s – 5\.\d+ s, 2026-11-18 11:01:40 – 11:01:50, /);
    await page.keyboard.press("ArrowDown");
    assert.notEqual(await status.textContent(), first);
    for (const key of ["Shift+ArrowLeft", "Shift+ArrowDown", "Shift+ArrowDown"]) await page.keyboard.press(key);
    assert.match(await status.textContent(), /^\d+ spans \(.*\), .*, 2026-11-18 11:01:30 – 11:01:50$/);
    mock.faults.asked.length = 0;
    await page.keyboard.press("Enter");
    await page.locator(".findings").waitFor();
    assert.equal(mock.faults.asked.at(-1).question.start, "2026-11-18T11:01:30Z");
    await page.locator(".heatmap-surface").focus();
    await page.keyboard.press("Escape");
    await until(page, () => !new URLSearchParams(location.search).has("box"));
    assert.equal(await page.locator(".compare").count(), 1, "Escape clears the box first");
  },

  async "an exemplar of a cell opens its trace, by mouse and by keyboard"(page, url) {
    await openHeatmap(page, url);
    const dot = page.locator(".dot-buttons button").last();
    const box = await dot.boundingBox();
    await page.mouse.click(box.x + 8, box.y + 8);
    await page.locator(".waterfall-row.selected").waitFor();
    assert.equal(await page.locator('.dot-buttons [aria-current="true"]').getAttribute("data-span"), await dot.getAttribute("data-span"));
    await page.keyboard.press("Escape");
    await page.keyboard.press("d");
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await page.locator(".waterfall-row.selected").waitFor();
    const before = page.url();
    await page.keyboard.press("]");
    await until(page, (old) => location.href !== old, before);
  },

  async "the table holds the same cells; a box can be zoomed to"(page, url) {
    await openHeatmap(page, url);
    await page.keyboard.press("t");
    await page.locator(".points-table tbody tr").nth(800).waitFor({ state: "attached" });
    assert.match(await page.locator(".points-table tbody tr").first().innerText(), /^2026-11-18 10:51:40\s+[\d.]+ µs – [\d.]+ µs\s+\d+\s+[\d.<]+ %/);
    await page.keyboard.press("t");
    await page.locator(".heatmap-surface").waitFor();
    await dragOverStall(page);
    await page.getByRole("button", { name: "Zoom to this time" }).click();
    await page.waitForURL(/from=2026-11-18T11%3A01%3A20Z&to=2026-11-18T11%3A02%3A00Z/);
  },
};
