// What a line chart says besides its lines: other measures, thresholds, the time before, how far it can be trusted.
import assert from "node:assert/strict";
import { copied } from "./until.mjs";

const parameters = (page, name) => page.evaluate((key) => new URLSearchParams(location.search).getAll(key), name);

async function openChart(page, url, query = "") {
  await page.goto(url + query);
  await page.locator(".count-strip canvas").waitFor();
}

const legend = (page) => page.locator(".legend").innerText();

export const chartScenarios = {
  async "a chart switches between latency, rate and errors"(page, url) {
    await openChart(page, url);
    await page.getByRole("button", { name: "rate", exact: true }).click();
    assert.deepEqual(await parameters(page, "show"), ["rate"]);
    assert.match(await legend(page), /spans\/s, highest slot/);
    assert.match(await page.locator(".chart").getAttribute("aria-label"), /^Rate chart: 8 series, highest spans\/s \d+\/s of update · leases at /);
    assert.equal(await page.locator(".dot-buttons button").count(), 0, "a rate has no exemplars");
    await page.getByRole("button", { name: "errors", exact: true }).click();
    assert.match(await page.locator(".chart").getAttribute("aria-label"), /^Errors chart: 8 series, highest failed 3.8 % of create · pods at 11:01:2/);
    await page.locator(".dot-buttons button").first().click({ force: true });
    await page.locator(".waterfall-row.selected").waitFor();
    assert.match(page.url(), /show=errors/);
  },

  async "thresholds are drawn, with the share above in the legend and in words"(page, url) {
    await openChart(page, url);
    await page.getByRole("button", { name: "Options" }).click();
    const field = page.getByRole("textbox", { name: "Duration of a line, such as 1s" });
    await field.fill("soon");
    await page.getByText('"soon" is not a duration: try 1s or 250ms').waitFor();
    await field.fill("1s");
    await page.keyboard.press("Enter");
    await field.fill("200ms");
    await page.keyboard.press("Enter");
    await page.getByText("0.20 % of all spans took longer than 1 s: 333 of 167,139").waitFor();
    await page.getByText("0.98 % to 1.00 % of all spans took longer than 200 ms: 1,632 to 1,671 of 167,139").waitFor();
    assert.deepEqual(await parameters(page, "slo"), ["1s", "200ms"]);
    assert.match(await legend(page), /above 200 ms\s+above 1 s/);
    await page.getByRole("button", { name: "remove the line at 200ms" }).click();
    assert.deepEqual(await parameters(page, "slo"), ["1s"]);
  },

  async "the same a day earlier is drawn beside, in the card and in the table"(page, url) {
    await openChart(page, url, "?before=24h");
    await page.getByText("24h earlier").waitFor();
    const box = await page.locator(".u-over").boundingBox();
    await page.mouse.move(box.x + 500, box.y + 40);
    const card = page.locator(".tooltip .card");
    await card.waitFor();
    assert.match(await card.innerText(), /p50\s+p99\s+then\s+spans/);
    await page.keyboard.press("t");
    const row = page.locator(".points-table tbody tr", { hasText: "list · pods" }).first();
    await row.waitFor();
    const [, p99, then] = /([\d.]+) (?:ms|s), maximum of \d+\s+([\d.]+) (?:ms|s)/.exec(await row.innerText()) ?? [];
    assert(Number(p99) > 0 && Number(then) > 0, "both figures stand in the row");
    await page.getByRole("button", { name: "Options" }).click();
    await page.getByRole("button", { name: "off", exact: true }).click();
    assert.deepEqual(await parameters(page, "before"), []);
  },

  async "a maximum of few spans says so; an axis can be linear"(page, url) {
    await openChart(page, url, "?axis=linear");
    await page.getByText("the maximum: too few spans for a quantile").waitFor();
    await page.keyboard.press("t");
    await page.getByText(/, maximum of 3\d$/).first().waitFor();
  },

  async "a slot in which requests stopped finishing is marked and said"(page, url, mock) {
    mock.faults.stallAt = 70;
    await openChart(page, url);
    await page.getByText(/^▼ Requests stopped finishing from 11:03:20 to 11:03:50 \(\d+ spans a slot, [\d,]+ before\)/).waitFor();
    await page.getByText("fewer than half as many spans as before").waitFor();
    mock.faults.stallAt = null;
  },

  async "times are read in UTC or in the browser's zone, also after a reload"(page, url) {
    await openChart(page, url);
    await page.getByRole("button", { name: "local time" }).click();
    await page.getByRole("button", { name: "UTC" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "UTC" }).waitFor();
    await page.locator(".time-range > .button").click();
    await page.getByText("times in UTC").waitFor();
  },

  async "an audit id leads to its line in the audit log"(page, url) {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await openChart(page, url);
    await page.keyboard.press("d");
    await page.keyboard.press("Enter");
    await page.locator(".waterfall-row.selected").waitFor();
    const row = page.locator(".attribute", { hasText: "audit-id" }).first();
    await row.hover();
    await row.getByRole("button", { name: "copy audit-log grep" }).click();
    assert.equal(await copied(page, /^grep/), `grep -F '"auditID":"318149ed-4465-49e4-98eb-732c7abed0e5"' /var/log/kubernetes/audit/audit.log`);
  },
};
