// An open trace: folded runs, search, the steps by key, the time axis, links in place, shares by component, what is copied.
import assert from "node:assert/strict";
import { CUT, LINKED, RUNS } from "./mock_odd_traces.mjs";
import { LINKS_HERE } from "./mock_query.mjs";
import { copied, eventually, until } from "./until.mjs";

const rowsOf = (page) => page.locator('[role="treegrid"]');
const rowCount = (page) => rowsOf(page).getAttribute("aria-rowcount");
const hasRows = (page, count, why) => eventually(async () => assert.equal(await rowCount(page), count, why));

const row = (page, text) => page.locator(".waterfall-row", { hasText: text });
const selected = (page, text) => page.locator(".waterfall-row.selected", { hasText: text }).waitFor();
const USUAL = "7a11000000050001" + "0".repeat(16);

async function openById(page, url, traceId) {
  await page.goto(`${url}?trace=${traceId}`);
  await page.locator(".waterfall-row.selected").waitFor();
}

/** The time shown, from the handles of the minimap, in nanoseconds. */
async function timeShown(page) {
  return page.locator(".minimap-handle").evaluateAll((ends) => ends.map((end) => Number(end.getAttribute("aria-valuenow"))));
}

export const traceScenarios = {
  async "similar siblings are one row, opened by Enter and by click"(page, url) {
    await openById(page, url, RUNS);
    await hasRows(page, "6", "root, its link, list, 812 reads, serialisation, six writes");
    const run = row(page, "cacher.Get");
    assert.match(await run.innerText(), /812 ×\s*cacher.Get · Σ 1.73 s · max 4.10 ms\s*3 failed/);
    await run.click();
    await hasRows(page, "818");
    await page.locator(".node-note").getByText("They took 1.73 s added up, the longest 4.10 ms").waitFor();
    await rowsOf(page).focus();
    await page.keyboard.press("Enter");
    await hasRows(page, "6");
    await page.keyboard.press("ArrowRight");
    await hasRows(page, "818");
    await page.getByRole("button", { name: "Go to the longest" }).click();
    await selected(page, "cacher.Get");
    assert.match(await page.locator(".attribute-panel").innerText(), /cacher.Get\s+apiserver · internal · 4.10 ms/);
    assert.equal(await page.locator(".waterfall-row.selected").getAttribute("aria-level"), "4");
  },

  async "a search counts, marks and steps; a match in a run opens it"(page, url) {
    await openById(page, url, RUNS);
    await page.keyboard.press("w");
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("type")), "search");
    await page.keyboard.type("APPLY");
    await page.locator(".trace-search-count", { hasText: "6 found" }).waitFor();
    assert.equal(await page.locator(".waterfall-row.found").count(), 0, "the runs of etcd are rows of one kind: their children are found inside");
    await page.keyboard.press("Enter");
    await selected(page, "apply");
    await page.locator(".trace-search-count", { hasText: "1 of 6" }).waitFor();
    await rowsOf(page).focus();
    await page.keyboard.press("n");
    await page.locator(".trace-search-count", { hasText: "2 of 6" }).waitFor();
    await page.keyboard.press("N");
    await page.keyboard.press("N");
    await page.locator(".trace-search-count", { hasText: "6 of 6" }).waitFor();
    await page.getByRole("button", { name: "Next match (n)" }).click();
    await page.locator(".trace-search-count", { hasText: "1 of 6" }).waitFor();
    const field = page.getByRole("searchbox", { name: "Search in this trace" });
    await field.fill("http.response.status_code=201");
    await page.locator(".trace-search-count", { hasText: "of 827" }).waitFor();
    await field.fill("nowhere to be found");
    await page.locator(".trace-search-count", { hasText: "none found" }).waitFor();
    await field.press("Escape");
    assert.equal(await field.inputValue(), "");
    await field.press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "treegrid");
  },

  async "E goes to the next error, . and , along the critical path"(page, url) {
    await openById(page, url, USUAL);
    await page.keyboard.press("E");
    await selected(page, "HTTP POST");
    assert.match(await page.locator(".attribute-panel .error-text").innerText(), /context deadline exceeded/);
    await page.keyboard.press("w");
    await page.keyboard.press("Home");
    const names = [];
    for (let step = 0; step < 4; step++) {
      await page.keyboard.press(".");
      names.push(await page.locator(".waterfall-row.selected .waterfall-text").innerText());
    }
    assert.deepEqual(names, ["audit", "priorityandfairness", "authorization", "Create"]);
    await page.keyboard.press(",");
    await selected(page, "authorization");
  },

  async "the time is zoomed and moved by keys, wheel and minimap, and fitted again"(page, url) {
    await openById(page, url, USUAL);
    const whole = await timeShown(page);
    assert.deepEqual(whole, [0, 812_000_000]);
    await page.keyboard.press("w");
    await page.keyboard.press("w");
    const [from, to] = await timeShown(page);
    assert(from > 0 && to < 812_000_000 && Math.abs((to - from) / 812e6 - 0.7) < 0.01, "w makes the view shorter");
    await page.keyboard.press("d");
    assert((await timeShown(page))[0] > from, "d moves it on");
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "treegrid", "d is no key for dots here");
    await page.keyboard.press("a");
    await page.keyboard.press("s");
    await page.keyboard.press("F");
    assert.deepEqual(await timeShown(page), whole);
    const bars = await page.locator(".waterfall-bars").boundingBox();
    await page.mouse.move(bars.x + bars.width / 4, bars.y + 50);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -300);
    await page.keyboard.up("Control");
    await until(page, () => Number(document.querySelector(".minimap-handle").getAttribute("aria-valuenow")) > 0);
    const map = await page.locator(".minimap").boundingBox();
    await page.mouse.move(map.x + map.width * 0.5, map.y + 10);
    await page.mouse.down();
    await page.mouse.move(map.x + map.width * 0.75, map.y + 12, { steps: 4 });
    await page.mouse.up();
    const dragged = await timeShown(page);
    assert(Math.abs(dragged[0] / 812e6 - 0.5) < 0.02 && Math.abs(dragged[1] / 812e6 - 0.75) < 0.02, `${dragged}`);
    await page.getByRole("slider", { name: "Start of the time shown" }).focus();
    await page.keyboard.press("Home");
    assert.equal((await timeShown(page))[0], 0);
    await page.getByRole("button", { name: "Fit" }).click();
    assert.deepEqual(await timeShown(page), whole);
    await page.getByRole("button", { name: "Zoom in" }).click();
    assert.equal((await timeShown(page))[1] - (await timeShown(page))[0], 406_000_000);
  },

  async "* closes and opens everything below a row"(page, url) {
    await openById(page, url, USUAL);
    await page.keyboard.press("w");
    await page.keyboard.press("*");
    await hasRows(page, "3", "the root, the group without parent, its span");
    await page.keyboard.press("*");
    await hasRows(page, "20");
  },

  async "spans without a parent stand together, with the reason"(page, url) {
    await openById(page, url, USUAL);
    await row(page, "without parent (1)").click();
    assert.match(await page.locator(".node-note").innerText(), /name a parent that is not here: it was not sampled/);
    assert.equal(await row(page, "RunPodSandbox").getAttribute("aria-level"), "2");
  },

  async "a linked trace is shown in place at its time, or alone with the way back"(page, url) {
    await openById(page, url, USUAL);
    const before = await rowCount(page);
    await row(page, "open it here").click();
    await row(page, "syncPod").last().waitFor();
    await hasRows(page, String(Number(before) + 2));
    assert.match(await page.locator(".waterfall-row", { hasText: "2 spans" }).innerText(), /kubelet syncPod, 2 spans · starts 12.0 ms before it/);
    assert.equal(await page.locator(".waterfall-row.spliced").count(), 2);
    assert.deepEqual(await timeShown(page), [-12_000_000, 1_888_000_000], "the time reaches over both");
    await page.locator(".waterfall-row.spliced", { hasText: "RunPodSandbox" }).click();
    assert.match(await page.locator(".attribute-panel").innerText(), /RunPodSandbox\s+kubelet · internal · 900 ms · at 8.00 ms/);
    await page.locator(".waterfall-row", { hasText: "2 spans" }).click();
    await page.getByRole("button", { name: "Open it alone" }).click();
    await page.locator(".trace-title", { hasText: LINKED }).waitFor();
    const back = page.getByRole("navigation", { name: "Traces whose links led here" }).getByRole("button");
    assert.match(await back.innerText(), /^\s*back to create pods web-0 in prod by kubelet/);
    await back.click();
    await page.locator(".trace-title", { hasText: USUAL }).waitFor();
    assert.equal(await page.locator(".trace-trail").count(), 0);
  },

  async "a link whose trace is not here says so and can be tried again"(page, url, mock) {
    await openById(page, url, USUAL);
    await page.route(`**/traces/${LINKED}*`, (route) => route.fulfill({ status: 404, json: { error: { kind: "not_found", message: "no span of this trace" } } }));
    await page.keyboard.press("w");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await row(page, "no span of this trace").waitFor();
    await page.unroute(`**/traces/${LINKED}*`);
    await page.getByRole("button", { name: "Try again" }).click();
    await row(page, "syncPod").last().waitFor();
    assert.equal(mock.faults.failNext, 0);
  },

  async "traces that link to the open one, or share its audit id, become rows under its spans"(page, url, mock) {
    await openById(page, url, USUAL);
    const before = Number(await rowCount(page));
    const button = page.getByRole("button", { name: "Find related traces" });
    mock.faults.failNextPost = 1;
    await button.click();
    await page.locator(".related-said", { hasText: "there is no table requests yet" }).waitFor();
    await button.focus();
    await page.keyboard.press("Enter");
    await page.getByText("2 traces, each a row under its span").waitFor();
    await hasRows(page, String(before + 2));
    const [asked] = mock.faults.asked.slice(-2).map(({ question }) => question);
    assert.equal(BigInt(asked.end) - BigInt(asked.start), 1_200_812_000_000n, "10 min on both sides of it");
    const linking = page.locator(".waterfall-row.selected");
    assert.match(await linking.innerText(), /webhook POST \/mutate, 812 ms · links here · open it here/);
    assert.equal(await linking.getAttribute("aria-level"), "8", "under the call that it belongs to");
    assert.equal(await linking.getByRole("img", { name: "related trace" }).count(), 1);
    await row(page, "same audit id").waitFor();
    await page.locator('[role="treegrid"]').focus();
    await page.keyboard.press("Enter");
    await page.locator(".waterfall-row.spliced").first().waitFor();
    await page.locator(".waterfall-row.selected", { hasText: "18 spans · links here · starts" }).waitFor();
    await page.locator(".node-note", { hasText: LINKS_HERE }).getByRole("button", { name: "Open it alone" }).click();
    await page.locator(".trace-title", { hasText: LINKS_HERE }).waitFor();
    await page.getByRole("navigation", { name: "Traces whose links led here" }).getByRole("button").click();
    await page.locator(".trace-title", { hasText: USUAL }).waitFor();
  },

  async "three shares by component are beside each other"(page, url) {
    await openById(page, url, USUAL);
    await page.locator(".by-component summary").click();
    const table = page.locator(".component-times");
    await table.waitFor();
    const etcd = await table.getByRole("row", { name: /^etcd/ }).locator("td").allInnerTexts();
    assert.deepEqual(etcd.map((text) => text.trim()), ["2", "452 ms 56 %", "452 ms", "902 ms"]);
    const shares = await table.locator("td:nth-of-type(2) .muted").allInnerTexts();
    const whole = shares.reduce((sum, text) => sum + parseFloat(text), 0);
    assert(Math.abs(whole - 100) <= 1, `rounded shares of the critical path add up to ${whole}`);
  },

  async "the selected span is ranked among its kind, unless there are few"(page, url) {
    await openById(page, url, USUAL);
    const rank = page.locator(".rank-line");
    await rank.getByText("p99.4 of create pods (n = 18,204)").waitFor();
    await row(page, "SerializeObject").click();
    await rank.getByText("p97.8 to p98 of SerializeObject by apiserver (n = 18,204)").waitFor();
    await row(page, "RunPodSandbox").click();
    await page.locator(".attribute-title", { hasText: "RunPodSandbox" }).waitFor();
    await until(page, () => document.querySelector(".rank-line").textContent.trim() === "");
  },

  async "a link to the view and OTLP JSON are copied"(page, url) {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await openById(page, url, USUAL);
    await row(page, "SerializeObject").click();
    await page.keyboard.press("y");
    await page.getByText("link copied").waitFor();
    await copied(page, /trace=7a11.*&span=/);
    await page.getByRole("button", { name: "copy or download this trace" }).click();
    await page.getByRole("menuitem", { name: "copy as OTLP JSON" }).click();
    await page.getByText("OTLP JSON copied").waitFor();
    const { resourceSpans } = JSON.parse(await copied(page, /resourceSpans/));
    const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    assert.equal(spans.length, 18);
    assert.equal(spans[0].kind, 2);
  },

  async "the menu of a value does everything by keyboard"(page, url) {
    await openById(page, url, USUAL);
    const attribute = page.locator(".attribute", { hasText: "http.response.status_code" }).first();
    await attribute.getByRole("button", { name: /^more for/ }).focus();
    await page.keyboard.press("Enter");
    const items = page.getByRole("menuitem");
    const names = await items.allInnerTexts();
    for (const name of ["filter = this value", "filter ≠ this value", "group by it", "copy"]) assert(names.includes(name), `${name} is missing`);
    await page.keyboard.press("ArrowUp");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), names.at(-1), "up from the first is the last");
    await page.keyboard.press("Escape");
    assert.equal(await items.count(), 0);
    assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), /^more for/);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.waitForURL(/status_code\+%3D\+201/);
    await row(page, "SerializeObject").click();
    const place = page.locator(".attribute", { hasText: "zone-b" });
    await place.hover();
    assert.equal(await place.getByRole("button", { name: "only this zone" }).count(), 0, "no attribute of the resource names the zone");
    await page.locator(".attribute", { hasText: "cp-1 from" }).hover();
    await page.getByRole("button", { name: "only this node" }).click();
    await page.waitForURL(/k8s.node.name/);
  },

  async "a value is compared, followed over time and shown as SQL"(page, url, mock) {
    await openById(page, url, USUAL);
    const choose = async (item) => {
      const attribute = page.locator(".attribute", { hasText: "http.response.status_code" }).first();
      await attribute.getByRole("button", { name: /^more for/ }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("menuitem", { name: item }).click();
    };
    await choose("open as SQL");
    const dialog = page.getByRole("dialog", { name: "Spans of the filter with this value" });
    await dialog.getByText(/span_http_response_status_code = 201/).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.locator(".drawer").waitFor();
    await choose("values over time");
    await page.waitForURL(/by=span.http.response.status_code.*show=rate/);
    await choose("compare with the rest");
    await page.waitForURL(/cmp=value/);
    await page.getByRole("heading", { name: "What spans with span.http.response.status_code = 201 have in common" }).waitFor();
    await until(page, () => document.querySelector(".compare .findings") !== null);
    const asked = mock.faults.asked.filter(({ path }) => path === "api/v1/compare").at(-1).question;
    assert.equal(asked.selection, "{ span.http.response.status_code = 201 }");
    assert.equal(asked.of, "spans");
  },

  async "a trace that the server cut says so"(page, url) {
    await openById(page, url, CUT);
    await page.getByText("Showing 18 of 1,200,000 spans: those that started first.").waitFor();
  },
};
