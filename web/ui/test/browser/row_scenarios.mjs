// Cells of latency over rows that are made of spans: asked, named, checked and kept as such.
import assert from "node:assert/strict";
import { eventually } from "./until.mjs";

const WAIT = { state: "attached" };
const NOTE = 'Not applied, because a request does not know it: span.http.target != ""';

async function add(page, kind) {
  await page.getByRole("button", { name: "Add a cell" }).click();
  await page.locator(".kind", { hasText: kind }).click();
}

const of = (page) => page.locator(".cell-editor").getByRole("combobox", { name: "of", exact: true });
const asked = (mock) => mock.faults.askedLatency.at(-1).parameters;

/** What the cell says, but for what is said of spans rightly. */
async function wordsOf(page) {
  const text = await page.locator(".cell-body").innerText();
  return text.replace("rows made of spans", "").replace(NOTE, "");
}

async function isOfRequests(page) {
  await page.locator(".dot-buttons button").first().waitFor(WAIT);
  assert.match(await page.locator(".cell .result-line").innerText(), /^p99 of [\d,]+ requests by end, .* · from rows made of spans · /);
  assert.equal(await page.locator(".scope-note").innerText(), NOTE);
  assert.deepEqual((await page.locator(".legend th").allInnerTexts()).slice(0, 3), ["series", "requests", "errors"]);
  await page.locator(".chart-key li", { hasText: "a real request: click for its trace" }).waitFor();
  assert.doesNotMatch(await wordsOf(page), /\bspans?\b/i);
}

export const rowScenarios = {
  async "a latency cell over requests says so in its words and its receipt, and after a reload"(page, url, mock) {
    await page.goto(`${url}?v=nb&f=${encodeURIComponent('span.http.target != ""')}`);
    await add(page, "Latency over time");
    const editor = page.locator(".cell-editor");
    await of(page).selectOption("requests");
    await editor.getByLabel("by", { exact: true }).fill("k8s:namespace");
    await editor.getByRole("textbox", { name: "where" }).fill("k8s:watch = false");
    await editor.getByLabel("slots by").selectOption("start");
    await page.keyboard.press("Control+Enter");
    await editor.getByText("cell.slots is not end: requests count where they end, only spans where they start too").waitFor();
    await editor.getByLabel("slots by").selectOption("end");
    await page.keyboard.press("Control+Enter");
    await isOfRequests(page);
    const question = asked(mock);
    assert.deepEqual(["of", "q", "by", "slots"].map((name) => question.get(name)), ["requests", "{ k8s:watch = false }", "k8s:namespace", null]);

    await page.locator(".cell .receipt").getByRole("button", { name: "check it" }).click();
    const copies = page.locator(".receipt-panel");
    await copies.getByText("The command line has no such question; curl asks the same.").waitFor();
    assert.match(await copies.getByLabel("curl", { exact: true }).innerText(), /--data-urlencode of=requests/);
    assert.match(await copies.getByLabel("DuckDB", { exact: true }).innerText(), /count\(\*\) AS requests,[\s\S]*tailplane-data\/derived\/requests/);

    await page.locator('.dot-buttons button[tabindex="0"]').focus();
    await page.keyboard.press("Enter");
    await page.locator(".drawer .waterfall-row.selected").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "compare slow with the rest" }).click();
    await eventually(() => assert.equal(mock.faults.asked.find(({ path }) => path.endsWith("compare"))?.question.of, "requests"));
    await page.keyboard.press("u");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.locator(".saved-state", { hasText: "revision 1" }).waitFor();
    const id = new URL(page.url()).searchParams.get("id");
    assert.deepEqual(mock.notebooks.answerOf(id, null).notebook.cells.map(({ rows, slots }) => [rows, slots]), [["requests", undefined]]);
    mock.faults.askedLatency.length = 0;
    await page.reload();
    await isOfRequests(page);
    assert.equal(asked(mock).get("of"), "requests");
  },

  async "what rows do not know is refused with the way out"(page, url) {
    await page.goto(`${url}?v=nb`);
    await add(page, "Latency over time");
    await of(page).selectOption("requests");
    await page.locator(".cell-editor").getByLabel("by", { exact: true }).fill("span.http.target");
    await page.keyboard.press("Control+Enter");
    await page.getByText("span.http.target asks for more than a row of requests knows: use k8s:* keys,").waitFor();
    await page.locator(".cell .state").getByRole("button", { name: "Edit" }).click();
    await of(page).selectOption("spans");
    await page.keyboard.press("Control+Enter");
    await page.locator(".legend").waitFor();
    assert.deepEqual((await page.locator(".legend th").allInnerTexts()).slice(0, 2), ["series", "spans"]);
  },

  async "grouping a chart of requests by what they do not know adds a chart of spans"(page, url, mock) {
    await page.goto(`${url}?v=nb`);
    await add(page, "Latency over time");
    await of(page).selectOption("requests");
    await page.keyboard.press("Control+Enter");
    await page.locator(".dot-buttons button").first().waitFor(WAIT);
    await page.locator('.dot-buttons button[tabindex="0"]').focus();
    await page.keyboard.press("Enter");
    await page.locator(".drawer .waterfall-row.selected").waitFor();
    const row = page.locator(".drawer .attribute", { hasText: "http.response.status_code" }).first();
    await row.hover();
    await row.getByRole("button", { name: "group by http.response.status_code" }).click();
    await page.locator(".cell").nth(1).waitFor();
    await eventually(() => assert.deepEqual(["of", "by"].map((name) => asked(mock).get(name)), [null, "span.http.response.status_code"]));
    assert.match(await page.locator(".cell .legend").first().innerText(), /all requests/);
  },

  async "a heatmap of pod starts counts pod starts, and its boxes compare them"(page, url, mock) {
    await page.goto(`${url}?v=nb`);
    await add(page, "Heatmap of durations");
    await of(page).selectOption("pod_starts");
    await page.keyboard.press("Control+Enter");
    const cells = page.locator(".heatmap-surface");
    await cells.waitFor();
    assert.deepEqual(["of", "heatmap"].map((name) => asked(mock).get(name)), ["pod_starts", "true"]);
    assert.match(await page.locator(".chart.heatmap").getAttribute("aria-label"), /^Heatmap of [\d,]+ pod starts by time and duration/);
    assert.match(await page.locator(".colour-key").innerText(), /^1\s+[\d,]+ pod starts a cell$/);
    assert.doesNotMatch(await wordsOf(page), /\bspans?\b/i);
    await cells.focus();
    for (const key of ["ArrowLeft", "Shift+ArrowLeft", "Enter"]) await page.keyboard.press(key);
    await eventually(() => assert.equal(mock.faults.asked.find(({ path }) => path.endsWith("compare"))?.question.of, "pod_starts"));
    mock.faults.empty = true;
    await page.getByRole("button", { name: "Run again" }).first().click();
    await page.getByText("No pod starts match in this time").waitFor();
  },
};
