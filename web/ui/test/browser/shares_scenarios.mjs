// Where the time goes: the answer in words, bars, tables and groups, against canned answers.
import assert from "node:assert/strict";
import { eventually, until } from "./until.mjs";

async function openShares(page, url, query = "?tab=shares") {
  await page.goto(url + query);
  await page.locator(".phase-table").waitFor();
}

const spaced = (text) => text.replace(/\s+/g, " ");

export const sharesScenarios = {
  async "where the time goes is a tab beside latency; back returns"(page, url, mock) {
    await page.goto(url);
    await page.locator(".dot-buttons button").first().waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Where the time goes" }).click();
    await page.locator(".phase-table").waitFor();
    assert.equal(new URL(page.url()).search, "?tab=shares");
    assert.equal(await page.locator(".shares-sentence").innerText(), "Etcd and the way to it added 79 % of the slowest 1 %, 6 % of the faster half");
    await until(page, () => document.title === "Where the time goes · Tailplane");
    const { question } = mock.faults.asked.at(-1);
    assert.deepEqual([question.of, question.by, "baseline" in question], ["requests", ["k8s_verb"], false]);
    assert.equal(await page.locator(".shares .result-line").innerText(), "18,204 requests · from rows made of spans · 18,204 rows read · 32 ms · complete to 11:06:40");
    await page.goBack();
    await page.locator(".dot-buttons button").first().waitFor({ state: "attached" });
    await page.keyboard.press("s");
    await page.locator(".phase-table").waitFor();
  },

  async "bars, legend and table say the same, in the colours of the trace view"(page, url) {
    await openShares(page, url);
    const slowest = page.locator(".band").last();
    assert.match(spaced(await slowest.innerText()), /^The slowest 1 % above 182 ms 182 requests, 638 ms on average/);
    assert(await slowest.getByText("60 %").isVisible(), "a wide part has its number");
    const bar = await slowest.locator(".band-bar span").evaluateAll((parts) => parts.map((part) => [part.title, getComputedStyle(part).backgroundColor, part.getBoundingClientRect().width]));
    const widest = bar.sort((a, b) => b[2] - a[2])[0];
    assert.equal(widest[0], "etcd, the operation itself 60 %");
    const legend = page.getByRole("row", { name: /^etcd, the operation itself/ });
    assert.equal(await legend.locator(".swatch").evaluate((swatch) => getComputedStyle(swatch).backgroundColor), widest[1]);
    assert.match(spaced(await legend.innerText()), /1.0 % 11 % 22 % 60 %$/);
    await page.keyboard.press("t");
    await page.waitForURL(/view=table/);
    assert.equal(await page.locator(".bands").count(), 0);
    assert.match(spaced(await legend.innerText()), /69,160,000,000 60 %$/);
  },

  async "the time before stands beside, and the URL says so"(page, url, mock) {
    await openShares(page, url);
    await page.getByRole("button", { name: "beside the time before" }).click();
    await page.locator(".band-bar.before").first().waitFor();
    assert.deepEqual(mock.faults.asked.at(-1).question.baseline, { start: "2026-11-18T10:36:40Z", end: "2026-11-18T10:51:40Z" });
    assert.equal(new URL(page.url()).search, "?tab=shares&sbefore=1");
    assert.equal(await page.locator(".band").last().locator(".band-none").innerText(), "none so slow before");
    await page.keyboard.press("t");
    await page.getByRole("columnheader", { name: "before" }).first().waitFor();
  },

  async "groups are by verb, resource, API server or user agent, and filter"(page, url) {
    await openShares(page, url);
    const groups = page.locator(".group-table");
    assert.match(spaced(await groups.getByRole("row", { name: /list/ }).innerText()), /^list 9,102 3 min 26 s 45 % 14 % 2 % 91 79 % 11 % 2 %$/);
    assert.match(spaced(await groups.getByRole("row", { name: /none/ }).innerText()), / 0 – – –$/);
    await page.getByRole("button", { name: "user agent" }).click();
    await page.waitForURL(/sby=k8s_user_agent/);
    await groups.getByRole("button", { name: /^show only user agent <img/ }).click();
    assert.equal(await page.locator(".group-table img").count(), 0);
    const clause = await page.evaluate(() => new URLSearchParams(location.search).getAll("f").at(-1));
    assert.equal(clause, 'k8s:user_agent = "<img src=x onerror=\\"window.hacked=1\\">"');
    assert.equal(await page.evaluate(() => window.hacked), undefined);
  },

  async "pod starts have phases and groups of their own"(page, url, mock) {
    await openShares(page, url);
    await page.getByRole("button", { name: "pod starts" }).click();
    await page.getByText("Pulling images added 90 % of the slowest 1 %", { exact: false }).waitFor();
    await page.locator(".scope-note", { hasText: "kind = server" }).waitFor();
    assert.deepEqual([mock.faults.asked.at(-1).question.q, mock.faults.asked.at(-1).question.by], ["{ }", ["node"]]);
    await page.getByRole("button", { name: "slow with the rest" }).click();
    await page.locator(".findings").waitFor();
    assert.match(page.url(), /cof=pod_starts/, "what is shown is what is compared");
  },

  async "a real request of a band opens its trace, and the focus returns to it"(page, url) {
    await openShares(page, url);
    const exemplar = page.getByRole("button", { name: "slowest 1.34 s of the slowest 1 %: open its trace" });
    await exemplar.click();
    await page.locator(".waterfall-row.selected").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".drawer").waitFor({ state: "detached" });
    await until(page, () => document.activeElement.textContent === "slowest 1.34 s");
  },

  async "no rows, a failure, and a cancelled question say so"(page, url, mock) {
    await page.goto(`${url}?tab=shares&f=${encodeURIComponent('k8s:verb = "nothing-matches"')}`);
    await page.getByText("No requests match this filter in this range").waitFor();
    mock.faults.failNextPost = 1;
    await page.keyboard.press("r");
    await page.getByText("there is no table requests yet").waitFor();
    mock.faults.delayPostMs = 60_000;
    await page.goto(`${url}?tab=shares`);
    await page.locator(".shares").getByRole("button", { name: "Cancel" }).click();
    mock.faults.delayPostMs = 0;
    await page.getByText("The request was cancelled").first().waitFor();
    await page.getByRole("button", { name: "Run again" }).click();
    await page.locator(".phase-table").waitFor();
  },
};
