// What is different: into the comparison, through its findings, and back, against canned answers.
import assert from "node:assert/strict";
import { eventually, until } from "./until.mjs";

const parameters = (page, key) => page.evaluate((name) => new URLSearchParams(location.search).getAll(name), key);
const spaced = (text) => text.replace(/\s+/g, " ");

async function openChart(page, url, query = "") {
  await page.goto(url + query);
  await page.locator(".dot-buttons button").first().waitFor({ state: "attached" });
}

async function openComparison(page, url, query = "?cmp=slow&cof=requests") {
  await openChart(page, url, query);
  await page.locator(".findings").waitFor();
}

const row = (page, text) => page.locator(".finding", { hasText: text }).first();

export const compareScenarios = {
  async "the slowest are compared with the rest; back closes, forward opens"(page, url, mock) {
    await openChart(page, url);
    mock.faults.asked.length = 0;
    await page.getByRole("button", { name: "slow with the rest" }).click();
    await page.locator(".findings").waitFor();
    assert.equal(new URL(page.url()).search, "?cmp=slow&cof=requests", "a row of a request knows more than its span");
    assert.deepEqual(mock.faults.asked.map(({ path }) => path), ["api/v1/shares", "api/v1/compare"]);
    const { question } = mock.faults.asked[1];
    assert.equal(question.selection, "{ duration >= 182000000ns }");
    assert.match(question.q, /^\{ kind = server && k8s:component = "apiserver" && .* \}$/);
    assert.match(spaced(await page.locator(".compare-sides").innerText()), /182 requests took 182 ms \(p99\) or longer 18,022 requests are the rest/);
    assert.match(await page.locator(".compare .result-line").innerText(), /^every row counted, 2,904 values of 61 attributes · from rows made of spans · 184,220 rows read · 212 ms · complete$/);
    await until(page, () => document.activeElement.classList.contains("compare"));
    await page.goBack();
    await page.locator(".compare").waitFor({ state: "detached" });
    await page.goForward();
    await page.locator(".findings").waitFor();
  },

  async "a finding says both shares, the difference and how sure it is, and is read as a table"(page, url) {
    await openComparison(page, url);
    const table = page.getByRole("table", { name: /^What requests from 182 ms have more or less often than the rest/ });
    assert.equal(await table.getByRole("rowheader").count(), 6);
    assert.equal(await table.getByRole("columnheader").count(), 5);
    const first = row(page, "kube-controller-manager");
    assert.match(spaced(await first.innerText()), /k8s:user_agent kube-controller-manager.* 83 % .* 6 % .* \+77 points not chance/);
    assert.match(await first.locator(".finding-difference [title]").getAttribute("title"), /^q-value 1.0e-9/);
    const widths = await first.locator(".share-bar").evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
    assert(widths[0] > 10 * widths[1]);
    await first.getByText("together with 2 more values").click();
    await first.getByText("span.client 10.0.0.7").waitFor();
    await page.getByText("2 attributes left out").click();
    await page.getByText("nearly every row has a value of its own: 18,204 in 18,204 rows").waitFor();
    await page.getByText("too many different values to tell them apart: 4,096 in 18,204 rows").waitFor();
    assert.equal(await row(page, "etcd_inner").getByRole("button", { name: /filter/ }).count(), 0, "what TraceQL cannot ask for has no filter");
  },

  async "a finding filters, excludes and groups"(page, url) {
    await openComparison(page, url);
    await row(page, "512 to 1023").getByRole("button", { name: "filter = span.limit 512 to 1023" }).click();
    assert.deepEqual((await parameters(page, "f")).slice(-2), ["span.limit >= 512", "span.limit < 1024"]);
    // Rows of requests do not know it, and say so.
    await page.locator(".scope-note", { hasText: "span.limit >= 512" }).waitFor();
    await page.goBack();
    await row(page, "512 to 1023").getByRole("button", { name: "filter ≠ span.limit 512 to 1023" }).click();
    assert.equal((await parameters(page, "f")).at(-1), "!(span.limit >= 512 && span.limit < 1024)");
    await page.goBack();
    await row(page, "k8s:subresource").getByRole("button", { name: "filter ≠ k8s:subresource none" }).click();
    assert.equal((await parameters(page, "f")).at(-1), "k8s:subresource != nil");
    await page.goBack();
    await row(page, "k8s:subresource").getByRole("button", { name: "group by k8s:subresource" }).click();
    assert.deepEqual(await parameters(page, "by"), ["k8s:subresource"]);
  },

  async "an exemplar opens its trace by keyboard; Escape goes back to it, then closes the comparison"(page, url) {
    await openComparison(page, url);
    const exemplar = page.getByRole("button", { name: /^1.91 s with k8s:user_agent kube-controller-manager.*: open its trace$/ });
    await exemplar.focus();
    await page.keyboard.press("Enter");
    await page.locator(".waterfall-row.selected").waitFor();
    assert.equal(await exemplar.getAttribute("aria-current"), "true");
    await page.keyboard.press("Escape");
    await page.locator(".drawer").waitFor({ state: "detached" });
    await until(page, () => document.activeElement.textContent === "1.91 s");
    await page.keyboard.press("Escape");
    await page.locator(".compare").waitFor({ state: "detached" });
    await until(page, () => document.activeElement.textContent === "slow with the rest");
    await page.keyboard.press("v");
    await page.locator(".findings").waitFor();
  },

  async "one series is compared with the rest of itself"(page, url, mock) {
    await openChart(page, url);
    mock.faults.asked.length = 0;
    await page.getByRole("button", { name: "compare the slowest of list · pods with the rest" }).click();
    await page.locator(".findings").waitFor();
    assert.deepEqual(await parameters(page, "cw"), ['k8s:verb = "list"', 'k8s:resource = "pods"']);
    assert.match(mock.faults.asked.at(-1).question.q, /&& k8s:verb = "list" && k8s:resource = "pods" \}$/);
    await page.getByRole("button", { name: 'compare without k8s:verb = "list"' }).click();
    assert.deepEqual(await parameters(page, "cw"), ['k8s:resource = "pods"']);
  },

  async "a time is compared with the time before, by button, by dragging with Shift, by typing"(page, url, mock) {
    await openChart(page, url);
    const asked = () => mock.faults.asked.at(-1).question;
    await page.getByRole("button", { name: "these 15 min with the time before" }).click();
    await page.locator(".findings").waitFor();
    assert.deepEqual(asked().baseline, { start: "2026-11-18T10:36:40Z", end: "2026-11-18T10:51:40Z" });
    assert.equal(asked().selection, "{ }");
    await page.evaluate(() => window.scrollTo(0, 0));
    assert.equal(await page.getByRole("form", { name: "Time that is compared" }).getByLabel("from", { exact: true }).inputValue(), "2026-11-18T10:51:40Z");
    const box = await page.locator(".u-over").boundingBox();
    await page.keyboard.down("Shift");
    await page.mouse.move(box.x + 300, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + 500, box.y + 120, { steps: 5 });
    await page.mouse.up();
    await page.keyboard.up("Shift");
    await page.waitForURL(/cfrom=/);
    assert.deepEqual(await parameters(page, "from"), [], "the chart stays as it is");
    // Until it is answered, the findings of the comparison before stay.
    await eventually(() => assert.notEqual(asked().baseline.end, "2026-11-18T10:51:40Z"));
    await page.locator(".findings").waitFor();
    const length = (range) => Date.parse(range.end) - Date.parse(range.start);
    assert(Math.abs(length(asked()) - length(asked().baseline)) < 2);
    assert.equal(asked().baseline.end, asked().start);
    const form = page.getByRole("form", { name: "Time that is compared" });
    await form.getByLabel("from", { exact: true }).fill("2026-11-18 11:00:00Z");
    await form.getByLabel("to", { exact: true }).fill("2026-11-18 11:05:00Z");
    await page.keyboard.press("Enter");
    await page.waitForURL(/cfrom=2026-11-18T11%3A00%3A00Z&cto=2026-11-18T11%3A05%3A00Z/);
    await page.getByText("18,204 requests in 2026-11-18 11:00:00 – 11:05:00").waitFor();
    await eventually(() => assert.equal(asked().end, "2026-11-18T11:05:00Z"));
    assert.deepEqual(asked().baseline, { start: "2026-11-18T10:55:00Z", end: "2026-11-18T11:00:00Z" });
  },

  async "pod starts are compared without filters that they do not know"(page, url, mock) {
    await openComparison(page, url);
    await page.locator(".compare").getByRole("button", { name: "pod starts" }).click();
    await page.getByText("Not applied, because a pod start does not know them:").waitFor();
    await eventually(() => assert.deepEqual([mock.faults.asked.at(-1).question.of, mock.faults.asked.at(-1).question.q], ["pod_starts", "{ }"]));
    await page.locator(".findings").waitFor();
  },

  async "a comparison says that nothing is selected, nothing different, nothing before"(page, url) {
    const state = page.locator(".compare .state");
    await page.goto(`${url}?cmp=slow&f=${encodeURIComponent('name = "nothing-matches"')}`);
    await state.getByText("No spans to compare").waitFor();
    await page.goto(`${url}?cmp=slow&f=${encodeURIComponent('name = "nothing-different"')}`);
    await state.getByText("Nothing is different").waitFor();
    await state.getByText("None of 2,904 values has a share that differs by a point or more").waitFor();
    await page.goto(`${url}?cmp=time&f=${encodeURIComponent('name = "nothing-before"')}`);
    await state.getByText("There are no spans in the time before.").waitFor();
  },

  async "a comparison that is slow can be cancelled, one that fails tried again"(page, url, mock) {
    mock.faults.delayPostMs = 60_000;
    await openChart(page, url, "?cmp=time");
    await page.locator(".compare").getByRole("button", { name: "Cancel" }).click();
    mock.faults.delayPostMs = 0;
    await page.locator(".compare").getByText("The request was cancelled").first().waitFor();
    mock.faults.failNextPost = 1;
    await page.locator(".compare").getByRole("button", { name: "Run again" }).click();
    await page.getByText("there is no table requests yet").waitFor();
    await page.locator(".compare").getByRole("button", { name: "Try again" }).click();
    await page.locator(".findings").waitFor();
  },

  async "hostile values of a comparison are shown as text"(page, url) {
    await openComparison(page, url);
    assert.match(await row(page, "onerror").locator(".finding-value").innerText(), /^<img src=x onerror="window.hacked=1">/);
    assert.equal(await page.locator(".compare img").count(), 0);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
  },
};
