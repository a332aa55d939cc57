// The click path and the states, against canned answers.
import assert from "node:assert/strict";
import { until } from "./until.mjs";

const WAIT = { state: "attached" };

async function openFirstView(page, url, query = "") {
  await page.goto(url + query);
  await page.locator(".dot-buttons button").first().waitFor(WAIT);
}

async function openTrace(page, url) {
  await openFirstView(page, url);
  await page.keyboard.press("d");
  await page.keyboard.press("Enter");
  await page.locator(".waterfall-row.selected").waitFor();
}

/** Where a dot is on the screen. */
async function dotPlace(page, index) {
  const box = await page.locator(".dot-buttons button").nth(index).boundingBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

const filters = (page) => page.evaluate(() => new URLSearchParams(location.search).getAll("f"));

export const scenarios = {
  async "banner and hinted range of a demo"(page, url) {
    await openFirstView(page, url);
    assert.equal(await page.locator(".banner").innerText(), "demo data");
    assert.match(await page.locator(".result-line").innerText(), /^p99 of 167,139 spans by end, quantiles within 0.4 % · 6.94 ms – 9.52 s by slot · .*1,284,113 rows read · 84 ms · complete$/);
    assert.equal(new URL(page.url()).search, "", "the first view needs no query");
  },

  async "a click on a dot opens its trace; the back button closes it"(page, url) {
    await openFirstView(page, url);
    const { x, y } = await dotPlace(page, 40);
    const spanId = await page.locator(".dot-buttons button").nth(40).getAttribute("data-span");
    await page.mouse.move(x, y);
    await page.locator(".tooltip .card-head").waitFor();
    await page.mouse.click(x, y);
    await page.locator(".drawer .etcd-sentence").waitFor();
    assert.equal(await page.evaluate(() => new URLSearchParams(location.search).get("span")), spanId);
    assert.equal(await page.locator('.dot-buttons [aria-current="true"]').getAttribute("data-span"), spanId);
    await page.locator(".waterfall-row", { hasText: "without parent (1)" }).waitFor();
    await page.goBack();
    await page.locator(".drawer").waitFor({ state: "detached" });
    await page.goForward();
    await page.locator(".drawer .etcd-sentence").waitFor();
  },

  async "a trace begins with where the time of its requests went"(page, url) {
    await openTrace(page, url);
    assert.equal(await page.locator(".drawer h2").innerText(), "create pods web-0 in prod by kubelet: 812 ms, 201");
    const answer = page.locator(".trace-answer");
    assert.equal(await answer.locator(".etcd-sentence").innerText(), "etcd and the way to it took 61 % of the request");
    const phases = await answer.locator(".stacked-parts li").allInnerTexts();
    assert.match(phases[0].replace(/\s+/g, " "), /^etcd, the operation itself 450 ms 55 %$/);
    assert(phases.some((text) => text.startsWith("mutating webhooks: inject.mesh.example.com")));
    assert.match(await answer.locator(".error-text").innerText(), /^validating webhook images.policy.example.com of policy failed/);
    assert.match(await answer.locator(".facts").innerText(), /SLI duration\s+663 ms, without webhooks and queue/);
    const widths = await answer.locator(".stacked-bar span").evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().width));
    assert(widths.every((width, index) => index === 0 || width <= widths[index - 1]), "the longest phase is the first");
    await answer.getByText("1 more API request in this trace").click();
    await answer.getByRole("heading", { name: /^get configmaps inject in mesh by webhook: 30.0 ms, 200$/ }).waitFor();
    await answer.getByText("not all of this request is known: the handler span did not arrive").waitFor();
    assert.match(await page.locator(".completeness-note").innerText(), /^Part of this trace did not arrive: 1 span names a parent/);
    await page.locator(".waterfall-row", { hasText: "configmaps" }).click();
    assert.match(await page.locator(".drawer h2").innerText(), /^create pods/, "the answer stays while the waterfall is read");
  },

  async "the critical path is marked, said and shown alone"(page, url) {
    await openTrace(page, url);
    const rows = page.locator('[role="treegrid"]');
    assert.equal(await rows.getAttribute("aria-rowcount"), "20", "18 spans, a link, and the row of those without parent");
    assert.equal(await page.locator(".waterfall-row", { has: page.getByText("txn", { exact: true }) }).locator(".waterfall-bar-cell").getAttribute("title"), "on the critical path: 450 ms");
    await page.getByRole("row", { name: /cacher.Get .* on the critical path: 9.00 ms/ }).waitFor();
    await page.getByRole("button", { name: "critical path only" }).click();
    assert.equal(await rows.getAttribute("aria-rowcount"), "18", "17 spans and a link");
    assert.equal(await page.locator(".waterfall-row", { hasText: "RunPodSandbox" }).count(), 0);
    await page.keyboard.press("c");
    await page.locator(".waterfall-row", { hasText: "RunPodSandbox" }).waitFor();
  },

  async "clocks that differ and places are said"(page, url) {
    await openTrace(page, url);
    const row = page.locator(".waterfall-row", { hasText: "configmaps" });
    assert.equal(await row.locator(".badge").getAttribute("title"), "clock differs: starts 1.20 ms before its parent");
    await row.click();
    const panel = page.locator(".attribute-panel");
    await panel.getByText("clock differs: starts 1.20 ms before its parent").waitFor();
    await panel.getByText("21.0 ms of its own, outside its children · on the critical path: 19.8 ms").waitFor();
    assert.match(await panel.innerText(), /node\s+cp-1 from service.instance.id, a hash of the host’s name\s+zone\s+zone-b from the nodes file/);
    await page.locator(".waterfall-row", { hasText: "RunPodSandbox" }).click();
    await until(page, () => /node\s+unknown\s+zone\s+unknown/.test(document.querySelector(".attribute-panel").innerText));
  },

  async "ready-made attributes are proposed first for grouping"(page, url) {
    await openFirstView(page, url);
    await page.getByRole("combobox", { name: "Add an attribute to group by" }).click();
    await page.getByRole("option", { name: /^k8s:code/ }).click();
    assert.match(page.url(), /by=k8s%3Averb%2Ck8s%3Aresource%2Ck8s%3Acode/);
    assert.equal(await page.locator("h1").innerText(), "API requests by verb, resource and code, without watches and streams");
  },

  async "arrow keys move among dots, [ and ] step through exemplars"(page, url) {
    await openFirstView(page, url);
    await page.keyboard.press("d");
    assert(await page.evaluate(isTopmost), "the first tab stop is the slowest dot");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    const third = await page.locator(".dot-buttons button").nth(2).getAttribute("data-span");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.span), third);
    await page.keyboard.press("Enter");
    await page.locator(".waterfall-row.selected").waitFor();
    const before = page.url();
    await page.keyboard.press("]");
    await until(page, (old) => location.href !== old, before);
    await page.keyboard.press("[");
    await until(page, (old) => location.href === old, before);
  },

  async "the focus returns to the dot, by whatever way its trace is closed"(page, url) {
    await openFirstView(page, url);
    const dots = page.locator(".dot-buttons button");
    const focused = (spanId) => until(page, (id) => document.activeElement.dataset.span === id, spanId);
    for (const close of [() => page.keyboard.press("Escape"), () => page.goBack(), () => page.getByRole("button", { name: "Close (Escape)" }).click()]) {
      const index = Math.floor((await dots.count()) / 2);
      const spanId = await dots.nth(index).getAttribute("data-span");
      const { x, y } = await dotPlace(page, index);
      await page.mouse.click(x, y);
      await page.locator(".waterfall-row.selected").waitFor();
      await page.locator(".waterfall-row", { hasText: "SerializeObject" }).click();
      await close();
      await page.locator(".drawer").waitFor({ state: "detached" });
      await focused(spanId);
    }
  },

  async "hostile values are shown as text"(page, url) {
    await openTrace(page, url);
    const value = page.locator(".attribute", { hasText: "user-agent" }).first().locator(".attribute-value");
    assert.match(await value.innerText(), /^<img src=x onerror="window.hacked=1">/);
    assert.equal(await page.locator(".attribute-panel img").count(), 0);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
  },

  async "an attribute filters, excludes and groups; back undoes it"(page, url) {
    await openTrace(page, url);
    const row = page.locator(".attribute", { hasText: "http.response.status_code" }).first();
    await row.hover();
    await row.getByRole("button", { name: "filter = http.response.status_code" }).click();
    assert.equal((await filters(page)).at(-1), "span.http.response.status_code = 201");
    assert.equal(await page.locator("h1").innerText(), "Span latency by k8s:verb, k8s:resource");
    await row.getByRole("button", { name: "filter ≠ http.response.status_code" }).click();
    assert.equal((await filters(page)).at(-1), "span.http.response.status_code != 201");
    await page.goBack();
    await page.goBack();
    assert.match(await page.locator("h1").innerText(), /^API requests by verb and resource/);
    await row.hover();
    await row.getByRole("button", { name: "group by http.response.status_code" }).click();
    await page.getByText("span.http.response.status_code 0").first().waitFor();
    assert.match(page.url(), /by=span.http.response.status_code/);
  },

  async "a filter is typed with completion by keyboard"(page, url) {
    await openFirstView(page, url);
    await page.keyboard.press("/");
    await page.keyboard.type("span.verb");
    await page.getByRole("option", { name: /^span.verb/ }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("option", { name: /^= is/ }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("option", { name: /^LIST/ }).waitFor();
    for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.equal((await filters(page)).at(-1), 'span.verb = "odd \\"value\\""');
    await page.getByRole("button", { name: "remove without watches" }).click();
    assert.equal(await page.locator(".chip.excluding").count(), 1);
  },

  async "the filter is edited as text; the server's objection is underlined"(page, url) {
    await openFirstView(page, url);
    await page.getByRole("button", { name: "TraceQL", exact: true }).click();
    await page.locator(".question-field textarea").fill('{ name = "é" && span.verb =~~ "x" }');
    await page.keyboard.press("Enter");
    await page.locator(".filter-error mark").waitFor();
    assert.equal(await page.locator(".filter-error mark").innerText(), "=~~");
    assert.deepEqual(await filters(page), ['name = "é"', 'span.verb =~~ "x"']);
    assert.equal(await page.locator(".question-field textarea").inputValue(), '{ name = "é" && span.verb =~~ "x" }', "a refused filter can be corrected");
    await page.locator(".question-field textarea").fill('{ name = "é" }');
    await page.keyboard.press("Enter");
    await page.locator(".question-text").waitFor({ state: "detached" });
    await page.goBack();
    await page.locator(".filter-error mark").waitFor();
    await page.getByRole("button", { name: "Reset" }).click();
    await page.locator(".filter-error").waitFor({ state: "detached" });
  },

  async "dragging zooms, a double click goes back"(page, url) {
    await openFirstView(page, url);
    const box = await page.locator(".u-over").boundingBox();
    await page.mouse.move(box.x + 300, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + 500, box.y + 120, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=/);
    assert.equal(await page.locator(".drawer").count(), 0, "a drag is no click");
    await page.getByRole("button", { name: "Reset zoom" }).waitFor();
    await page.locator(".u-over").dblclick({ position: { x: 10, y: 10 } });
    await until(page, () => location.search === "");
  },

  async "the legend isolates a series; the table holds the same points"(page, url) {
    await openFirstView(page, url);
    await page.locator(".legend button", { hasText: "list · replicasets" }).click();
    // The attributes' types are asked for first.
    await page.waitForURL(/f=k8s%3Aresource/);
    assert.deepEqual((await filters(page)).slice(-2), ['k8s:verb = "list"', 'k8s:resource = "replicasets"']);
    await page.getByRole("button", { name: "Show as table" }).click();
    await page.locator(".points-table tbody tr").nth(500).waitFor(WAIT);
    assert.match(await page.locator(".points-table").innerText(), /95 % within .+ – \?/);
  },

  async "nothing found: says where the newest span is, and goes there"(page, url) {
    await page.goto(`${url}?f=${encodeURIComponent('name = "nothing-matches"')}&from=now-15m`);
    await page.getByText(/The newest span that matches ended at 2026-11-18 11:06/).waitFor();
    await page.getByRole("button", { name: "Show the 15 minutes around it" }).click();
    await page.waitForURL(/from=2026-11-18T10%3A5/);
    await page.getByRole("button", { name: "Remove the last filter" }).click();
    await page.locator(".dot-buttons button").first().waitFor(WAIT);
  },

  async "a failure says so, keeps the height, and can be tried again"(page, url, mock) {
    mock.faults.failNext = 1;
    await page.goto(url);
    await page.getByText("replaying the write-ahead log, 41 % done").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".dot-buttons button").first().waitFor(WAIT);
    mock.faults.failNext = 1;
    await page.keyboard.press("r");
    await page.locator(".stale").waitFor();
    assert(await page.locator(".dot-buttons button").count() > 10, "the last chart stays");
  },

  async "a trace that is gone; a link leads to another trace"(page, url) {
    await page.goto(`${url}?trace=${"f".repeat(32)}`);
    await page.locator(".drawer .state").getByText("Not found").waitFor();
    await openTrace(page, url);
    const before = page.url();
    await page.getByRole("button", { name: /open linked trace/ }).click();
    await until(page, (old) => location.href !== old, before);
    await page.goBack();
    await until(page, (old) => location.href === old, before);
  },

  async "ten thousand spans: few rows in the page, keys reach both ends and fold"(page, url) {
    await page.goto(`${url}?trace=${"e".repeat(32)}`);
    await page.locator(".waterfall-row.selected").waitFor();
    await page.keyboard.press("w");
    await page.keyboard.press("End");
    await page.locator(".waterfall-row.selected", { hasText: "step 9999" }).waitFor();
    assert(await page.locator(".waterfall-row").count() < 80);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowLeft");
    const rowCount = (least, most) => until(page, ([least, most]) => {
      const count = Number(document.querySelector('[role="treegrid"]').getAttribute("aria-rowcount"));
      return count >= least && count <= most;
    }, [least, most]);
    await rowCount(1, 1);
    await page.keyboard.press("ArrowRight");
    await rowCount(9_000, 11_000);
    // The first row folds all of it while the reader looks at the end.
    await page.locator('[role="treegrid"]').evaluate((rows) => void (rows.scrollTop = rows.scrollHeight));
    await page.locator(".waterfall-row", { hasText: "step 9998" }).waitFor();
    await page.keyboard.press("ArrowLeft");
    await rowCount(1, 1);
    await page.locator(".waterfall-row.selected").waitFor();
  },
};

/** Whether no dot is above the focused one. */
function isTopmost() {
  const top = (button) => button.getBoundingClientRect().top;
  return [...document.querySelectorAll(".dot-buttons button")].every((button) => top(button) >= top(document.activeElement));
}
