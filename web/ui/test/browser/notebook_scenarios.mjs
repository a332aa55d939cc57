// Notebooks: made, edited, ordered, undone, saved, shared, exported and imported; by mouse, and once by keyboard alone.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { PATIENCE_MS, eventually, until } from "./until.mjs";

const WAIT = { state: "attached" };
const titles = (page) => page.locator(".cell-head h2").allInnerTexts();
const withoutNumbers = async (page) => (await titles(page)).map((title) => title.replace(/^\d+ /, ""));
const saved = (page, words) => page.locator(".saved-state", { hasText: words }).waitFor();
const idOf = (page) => page.evaluate(() => new URLSearchParams(location.search).get("id"));

async function add(page, kind) {
  await page.getByRole("button", { name: "Add a cell" }).click();
  await page.locator(".kind", { hasText: kind }).click();
}

/** A saved notebook with a text and a chart. */
async function keepOne(page, url) {
  await page.goto(`${url}?v=nb`);
  await add(page, "Text");
  await page.locator(".cell-editor textarea").first().fill("What **happened**");
  await page.keyboard.press("Control+Enter");
  await add(page, "Latency over time");
  await page.locator(".cell-editor").getByLabel("by", { exact: true }).fill("k8s:verb");
  await page.keyboard.press("Control+Enter");
  await page.locator(".dot-buttons button").first().waitFor(WAIT);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await saved(page, "revision 1");
}

async function cellMenu(page, place, item) {
  await page.getByRole("button", { name: `Actions of cell ${place}`, exact: true }).click();
  await page.getByRole("menuitem", { name: item, exact: true }).click();
}

export const notebookScenarios = {
  async "the theme goes along to every screen"(page, url) {
    await page.goto(`${url}?theme=dark`);
    const isDark = () => until(page, () => document.documentElement.dataset.theme === "dark");
    for (const [link, view] of [["Home", "home"], ["Set up", "setup"], ["Explore", null], ["Home", "home"]]) {
      await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: link }).click();
      await until(page, (wanted) => new URLSearchParams(location.search).get("v") === wanted, view);
      await isDark();
    }
    await page.getByRole("button", { name: "Theme: dark" }).click();
    await page.getByRole("button", { name: "Theme: system" }).waitFor();
    assert(!page.url().includes("theme="), page.url());
  },

  async "home: p99 by component, the notebooks, and the way into one"(page, url) {
    await page.goto(url);
    await page.getByRole("link", { name: "Home" }).click();
    await page.locator(".tile").first().waitFor();
    assert.match(await page.locator(".tile-link").first().innerText(), /p99\s+\d.*(ms|s|min)[\s\S]*(spans|silent)/);
    assert.equal(await page.locator(".notebook-list h3").first().innerText(), "Triage");
    await page.getByRole("searchbox", { name: "Find a notebook" }).fill("webhooks");
    assert.equal(await page.locator(".notebook-list li").count(), 1);
    await page.getByRole("link", { name: "Admission webhooks" }).click();
    await page.locator(".dot-buttons button").first().waitFor(WAIT);
    assert.match(page.url(), /\?v=nb&id=webhooks$/);
    await page.goBack();
    await page.locator(".tile").first().waitFor();
    await page.goBack();
    await page.locator("#chart-title").waitFor();
  },

  async "a notebook is made, saved by hand, then saves itself"(page, url, mock) {
    await keepOne(page, url);
    const id = await idOf(page);
    assert.equal(await page.locator(".prose strong").innerText(), "happened");
    await page.getByRole("heading", { level: 1 }).getByRole("button").click();
    await page.getByRole("textbox", { name: "title" }).fill("A bad night");
    await page.getByRole("textbox", { name: "tags" }).fill("api, night");
    await page.getByRole("button", { name: "Apply" }).click();
    await saved(page, "changes that are not saved yet");
    await page.locator(".saved-state", { hasText: "revision 2" }).waitFor();
    assert.deepEqual(mock.notebooks.answerOf(id, null).notebook.tags, ["api", "night"]);
    assert.equal(mock.notebooks.answerOf(id, 1).notebook.title, "New notebook");
    await page.reload();
    await page.getByRole("heading", { name: "A bad night" }).waitFor();
  },

  async "cells are made, moved, edited, deleted and brought back by keyboard alone"(page, url) {
    await page.goto(`${url}?v=nb`);
    await page.getByText("This notebook has no cells yet.").waitFor();
    for (const kind of ["Text", "Traces", "SQL"]) {
      await page.keyboard.press("b");
      await page.getByRole("dialog", { name: "Add a cell" }).waitFor();
      await page.locator(".kind", { hasText: kind }).first().focus();
      await page.keyboard.press("Enter");
      await page.locator(".cell-editor").waitFor();
      await page.keyboard.press("Escape");
      await page.locator(".cell-editor").waitFor({ state: "detached" });
    }
    assert.deepEqual(await withoutNumbers(page), ["Text", "Traces", "SQL"]);
    await page.keyboard.press("k");
    await page.keyboard.press("Alt+ArrowUp");
    assert.deepEqual(await withoutNumbers(page), ["Traces", "Text", "SQL"]);
    assert.match(await page.evaluate(() => document.activeElement.querySelector("h2").innerText), /Traces/, "the focus moves with the cell");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.locator(".cell-editor textarea:focus").waitFor();
    await page.keyboard.type("Seen at j, k and u");
    await page.keyboard.press("Escape");
    await page.getByText("Seen at j, k and u").waitFor();
    await page.keyboard.press("Delete");
    assert.deepEqual(await withoutNumbers(page), ["Traces", "SQL"]);
    await page.keyboard.press("u");
    await page.getByText("Seen at j, k and u").waitFor();
    await page.keyboard.press("Shift+U");
    assert.deepEqual(await withoutNumbers(page), ["Traces", "SQL"]);
    await page.keyboard.press("Control+s");
    await saved(page, "revision 1");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("h");
    await page.locator(".notebook-list").waitFor();
  },

  async "changes that are not saved survive a reload, and can be left"(page, url) {
    await page.goto(`${url}?v=nb&id=etcd`);
    await page.locator(".dot-buttons button").first().waitFor(WAIT);
    assert.equal(await page.locator(".saved-state").innerText(), "built in, read only");
    await cellMenu(page, 1, "Delete");
    await page.getByRole("button", { name: "Undo (u)" }).last().click();
    assert.equal((await titles(page)).length, 6);
    await cellMenu(page, 1, "Delete");
    await until(page, () => localStorage.getItem("tailplane.draft.etcd") !== null);
    await page.reload();
    await page.locator(".notice", { hasText: "not saved are here" }).waitFor();
    assert.equal((await titles(page)).length, 5);
    await page.getByRole("button", { name: "Keep a copy" }).click();
    await saved(page, "revision 1");
    assert.equal(await page.locator("h1").innerText(), "What etcd adds (copy)");
    await page.goto(`${url}?v=nb&id=etcd`);
    await page.locator(".cell").nth(5).waitFor();
  },

  async "an earlier revision is shown, and made the latest again"(page, url, mock) {
    await keepOne(page, url);
    const id = await idOf(page);
    await cellMenu(page, 2, "Delete");
    await page.keyboard.press("Control+s");
    await saved(page, "revision 2");
    await page.getByRole("button", { name: "Export and more" }).click();
    await page.getByRole("menuitem", { name: "Earlier revisions" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Show", exact: true }).click();
    await saved(page, "revision 1, an earlier one");
    assert.match(page.url(), /rev=1/);
    assert.equal((await titles(page)).length, 2);
    await page.getByRole("button", { name: "Save as the latest" }).click();
    await saved(page, "revision 3");
    assert.equal(mock.notebooks.answerOf(id, null).notebook.cells.length, 2);
  },

  async "shared: the same revision and instants in a fresh profile"(page, url) {
    await keepOne(page, url);
    await page.getByRole("button", { name: "1h", exact: true }).click();
    await page.getByRole("button", { name: "Share" }).click();
    const address = page.getByRole("textbox", { name: "Address" });
    await until(page, () => document.querySelector(".shared-address input")?.value);
    const shared = await address.inputValue();
    assert.match(shared, /\?v=nb&id=[\w-]+&rev=1&from=\d{4}-\d\d-\d\dT[^&]+&to=\d{4}/);
    const context = await page.context().browser().newContext();
    const other = await context.newPage();
    other.setDefaultTimeout(PATIENCE_MS);
    await other.goto(shared);
    await other.locator(".dot-buttons button").first().waitFor(WAIT);
    assert.deepEqual(await titles(other), await titles(page));
    await context.close();
  },

  async "shared without a server that saves: the address holds the notebook"(page, url, mock) {
    mock.faults.notebooks = "none";
    await page.goto(`${url}?v=home`);
    await page.getByText("This server saves no notebooks.").waitFor();
    await page.goto(`${url}?v=nb`);
    await add(page, "Text");
    await page.locator(".cell-editor textarea").first().fill("kept in the address");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+s");
    await saved(page, "this server saves no notebooks");
    await page.getByRole("button", { name: "Share" }).click();
    await until(page, () => document.querySelector(".shared-address input")?.value);
    const address = await page.getByRole("textbox", { name: "Address" }).inputValue();
    mock.faults.notebooks = "read";
    const context = await page.context().browser().newContext();
    const other = await context.newPage();
    other.setDefaultTimeout(PATIENCE_MS);
    await other.goto(address);
    await other.getByText("kept in the address").waitFor();
    await other.keyboard.press("Control+s");
    await saved(other, "A token with the scope edit may");
    await context.close();
    await page.goto(`${address.slice(0, -9)}`);
    await page.reload();
    await page.getByText("is not whole").waitFor();
  },

  async "exported and imported: JSON comes back, Markdown and HTML have the figures"(page, url) {
    await keepOne(page, url);
    const exported = async (name) => {
      await page.getByRole("button", { name: "Export and more" }).click();
      const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name, exact: true }).click()]);
      return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8"), path: await file.path() };
    };
    const json = await exported("JSON, for import");
    assert.equal(json.name, "new-notebook.json");
    assert.match((await exported("Markdown")).text, /# New notebook[\s\S]*\| slot \| series \| spans \|/);
    const html = (await exported("One HTML file with its data")).text;
    assert.match(html, /<svg[\s\S]*<path d="M/);
    assert.doesNotMatch(html, /<script|src=|href=/);
    await page.goto(`${url}?v=home`);
    await page.getByLabel("Import a notebook").setInputFiles({ name: "n.json", mimeType: "application/json", buffer: Buffer.from(json.text) });
    await page.locator(".prose strong").waitFor();
    await saved(page, "not saved yet");
    await page.goto(`${url}?v=home`);
    const broken = JSON.stringify({ ...JSON.parse(json.text), cells: [{ id: "a", kind: "video" }] });
    await page.getByLabel("Import a notebook").setInputFiles({ name: "bad.json", mimeType: "application/json", buffer: Buffer.from(broken) });
    await page.getByText("bad.json cannot be imported: notebook.cells[0].kind is not one of markdown").waitFor();
  },

  async "a dot opens its trace over the notebook, Escape returns to it; its values filter"(page, url) {
    await keepOne(page, url);
    const dot = page.locator('.dot-buttons button[tabindex="0"]');
    await dot.focus();
    const spanId = await page.evaluate(() => document.activeElement.dataset.span);
    await page.keyboard.press("Enter");
    await page.locator(".drawer .waterfall-row.selected").waitFor();
    assert.match(page.url(), new RegExp(`trace=[0-9a-f]{32}&span=${spanId}`));
    const row = page.locator(".drawer .attribute", { hasText: "http.response.status_code" }).first();
    await row.hover();
    await row.getByRole("button", { name: "filter = http.response.status_code" }).click();
    assert.deepEqual(await page.locator(".notebook-filters .chip").allInnerTexts(), ["span.http.response.status_code = 201"]);
    assert.match(page.url(), /f=span.http.response.status_code/);
    await page.getByRole("button", { name: "Add to a notebook" }).click();
    await page.locator(".drawer").focus();
    await page.keyboard.press("Escape");
    await page.locator(".drawer").waitFor({ state: "detached" });
    assert.deepEqual(await withoutNumbers(page), ["Text", "Latency over time", "One trace"]);
    await page.locator(".cell.trace .waterfall-row").first().waitFor();
    await page.getByRole("button", { name: "Keep in the notebook" }).click();
    assert.doesNotMatch(page.url(), /f=/);
    assert.equal(await page.locator(".notebook-filters .chip").count(), 1);
  },

  async "the focus returns to the dot when the trace is closed"(page, url) {
    await keepOne(page, url);
    for (const close of [() => page.keyboard.press("Escape"), () => page.goBack()]) {
      const dot = page.locator('.dot-buttons button[tabindex="0"]');
      await dot.focus();
      const spanId = await page.evaluate(() => document.activeElement.dataset.span);
      await page.keyboard.press("Enter");
      await page.locator(".drawer .waterfall-row.selected").waitFor();
      await close();
      await page.locator(".drawer").waitFor({ state: "detached" });
      await until(page, (id) => document.activeElement.dataset.span === id, spanId);
    }
  },

  async "a box in a heatmap begins a comparison of what it holds, and stays in the document"(page, url, mock) {
    await page.goto(`${url}?v=nb`);
    await add(page, "Heatmap of durations");
    await page.keyboard.press("Control+Enter");
    const cells = page.locator(".heatmap-surface");
    await cells.waitFor();
    await page.locator(".cell .receipt").getByText("complete").waitFor();
    await cells.focus();
    for (const key of ["ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowDown", "Enter"]) await page.keyboard.press(key);
    await page.locator(".cell.compare .finding-value, .cell.compare .state").first().waitFor();
    const asked = mock.faults.asked.find(({ path }) => path === "api/v1/compare");
    assert.match(asked.question.selection, /^\{ duration >= \d+ns/);
    assert.match(asked.question.start, /^\d{4}-/);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await saved(page, "revision 1");
    const { cells: kept } = mock.notebooks.answerOf(await idOf(page), null).notebook;
    assert.equal(kept[0].selection.from, asked.question.start);
    assert.equal(kept[1].of, kept[0].id);
  },

  async "a latency cell has its limits, and the time before beside it"(page, url) {
    await page.goto(`${url}?v=nb`);
    await add(page, "Latency over time");
    const editor = page.locator(".cell-editor");
    await editor.getByLabel("limits").fill("1s objective");
    await editor.getByLabel("beside").fill("24h");
    await page.keyboard.press("Control+Enter");
    await page.locator(".threshold-notes li", { hasText: "longer than objective" }).waitFor();
    await page.locator(".chart-key li", { hasText: "24h earlier" }).waitFor();
    await page.locator(".cell .receipt").getByRole("button", { name: "check it" }).click();
    await page.locator(".receipt-panel pre").first().waitFor();
  },

  async "errors with an objective are a burn rate, in the chart, in words and as a table"(page, url, mock) {
    await page.goto(`${url}?v=nb`);
    await add(page, "Latency over time");
    const editor = page.locator(".cell-editor");
    await editor.getByLabel("show").selectOption("errors");
    await editor.getByLabel("by", { exact: true }).fill("k8s:verb");
    await editor.getByLabel("objective").fill("99.9 %");
    await page.keyboard.press("Control+Enter");
    await editor.getByText("cell.objective is not a part between 0 and 1, such as 0.999").waitFor();
    await editor.getByLabel("objective").fill("0.999");
    const [asked] = await Promise.all([page.waitForRequest(/api\/v1\/latency.*code/), page.keyboard.press("Control+Enter")]);
    assert.equal(new URL(asked.url()).searchParams.get("by"), "k8s:verb,k8s:code");
    await page.locator(".threshold-notes", { hasText: /^\d+\.\d+ % of [\d,]+ spans succeeded, 99.9 % shall: .* times as fast as it may be/ }).waitFor();
    assert.match(await page.locator(".chart").getAttribute("aria-label"), /^Burn rate chart: 7 series, highest burn rate 1000 × of patch at /);
    assert.match(await page.locator(".legend").innerText(), /burn rate, highest slot/);
    const dot = page.locator(".dot-buttons button").first();
    await dot.waitFor(WAIT);
    await dot.click({ force: true });
    await page.locator(".drawer .waterfall-row.selected").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Show as table" }).click();
    await page.locator(".points-table th", { hasText: "burn rate" }).waitFor();
    await page.getByRole("button", { name: "compare failed with the rest" }).click();
    await eventually(() => assert.equal(mock.faults.asked.at(-1)?.question.selection, "{ k8s:code >= 500 || k8s:code = 429 }"));
    await page.keyboard.press("Control+s");
    await saved(page, "revision 1");
    assert.equal(mock.notebooks.answerOf(await idOf(page), null).notebook.cells[0].objective, 0.999);
  },

  async "a derived cell is stale when its parent changes, until it is run"(page, url, mock) {
    await keepOne(page, url);
    await page.getByRole("button", { name: "compare slow with the rest" }).click();
    await page.locator(".cell.compare .findings").waitFor();
    assert.equal(await page.getByText("made of what has changed").count(), 0);
    await cellMenu(page, 2, "Edit");
    await page.locator(".cell-editor").getByRole("textbox", { name: "where" }).fill('k8s:verb = "list"');
    await page.keyboard.press("Control+Enter");
    await page.getByText("made of what has changed").waitFor();
    const asked = mock.faults.asked.filter(({ path }) => path.endsWith("compare")).length;
    await page.locator(".cell.compare .cell-badges").getByRole("button", { name: "Run" }).click();
    await page.getByText("made of what has changed").waitFor({ state: "detached" });
    await page.locator(".cell.compare .findings").waitFor();
    await eventually(() => {
      const compared = mock.faults.asked.filter(({ path }) => path.endsWith("compare"));
      assert(compared.length > asked);
      assert.equal(compared.at(-1).question.q, '{ k8s:verb = "list" }');
    });
  },

  async "a pinned result asks nothing, and is saved with the notebook"(page, url, mock) {
    await page.goto(`${url}?v=nb`);
    await add(page, "SQL");
    await page.keyboard.press("Control+Enter");
    await page.locator(".data-table tbody tr").first().waitFor();
    await cellMenu(page, 1, "Pin the result");
    await page.locator(".badge.pinned").waitFor();
    await page.keyboard.press("Control+s");
    await saved(page, "revision 1");
    const asked = mock.faults.asked.length;
    await page.reload();
    await page.locator(".data-table tbody tr").first().waitFor();
    assert.equal(mock.faults.asked.length, asked);
    assert.equal(mock.notebooks.answerOf(await idOf(page), null).notebook.cells[0].pin.answer.rows[0][0], "list");
  },

  async "tables sort, their values have a menu, and become CSV without formulas"(page, url) {
    await page.goto(`${url}?v=nb`);
    await add(page, "SQL");
    await page.keyboard.press("Control+Enter");
    const first = () => page.locator(".data-table tbody tr").first().innerText();
    await page.locator(".data-table tbody tr").first().waitFor();
    await page.getByRole("button", { name: "requests", exact: true }).click();
    assert.match(await first(), /^get\s+false\s+1,204/);
    await page.getByRole("button", { name: "requests", exact: true }).click();
    assert.match(await first(), /^=cmd/);
    await page.getByRole("button", { name: "k8s:verb get" }).click();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.locator(".notebook-filters .chip").waitFor();
    assert.deepEqual(await page.locator(".notebook-filters .chip").allInnerTexts(), ["k8s:verb = get"]);
    await page.getByRole("button", { name: "k8s:watch false" }).first().click();
    await page.getByRole("menuitem", { name: "Filter the notebook without it" }).click();
    await page.locator(".notebook-filters .chip", { hasText: "k8s:watch" }).waitFor();
    assert.equal(new URL(page.url()).searchParams.getAll("f").at(-1), "k8s:watch != false");
    await page.getByRole("button", { name: "Actions of cell 1" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: "Download as CSV" }).click()]);
    assert.match(await readFile(await file.path(), "utf8"), /^k8s_verb,k8s_watch,requests,slowest_ns\r\nlist,false,92,107000586851\r\nget,false,1204,40001510\r\n'=cmd\(\),,3,\r\n$/);
  },

  async "a series is drawn, isolated by its name, and the same as a table"(page, url) {
    await page.goto(`${url}?v=nb`);
    await add(page, "Series");
    await page.keyboard.press("Control+Enter");
    await page.locator(".lines-chart path").nth(1).waitFor();
    assert.equal((await page.locator(".lines-chart path").first().getAttribute("d")).match(/M/g).length, 2, "a gap stays a gap");
    await page.getByRole("button", { name: "show only k8s:component=etcd" }).click();
    await page.locator(".notebook-filters .chip").waitFor();
    assert.deepEqual(await page.locator(".notebook-filters .chip").allInnerTexts(), ["k8s:component = etcd"]);
    await page.goBack();
    assert.equal(await page.locator(".notebook-filters .chip").count(), 0);
    await page.getByRole("button", { name: "Show as table" }).click();
    assert.equal(await page.locator(".data-table tbody tr").count(), 52);
  },

  async "a query that the server refuses is kept, with the place; a failure can be tried again"(page, url, mock) {
    await page.goto(`${url}?v=nb`);
    await add(page, "Traces");
    await page.locator(".cell-editor textarea").fill("{ a >>> b }");
    await page.keyboard.press("Control+Enter");
    assert.equal(await page.locator(".cell .filter-error mark").innerText(), ">>>");
    await page.locator(".cell .state").getByRole("button", { name: "Edit" }).click();
    assert.equal(await page.locator(".cell-editor textarea").inputValue(), "{ a >>> b }");
    mock.faults.failNextPost = 1;
    await page.locator(".cell-editor textarea").fill("{ }");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("12 traces, the latest first").waitFor();
  },

  async "hostile text in titles, texts, tags and answers stays text"(page, url) {
    const hostile = '<img src=x onerror="window.hacked=1">\u202e<script>window.hacked=1</script>';
    const document = {
      schema: "tailplane.notebook/1", title: hostile, about: hostile, tags: [hostile], time: { from: "now-1h", to: hostile }, filters: [`name = "${hostile.replaceAll('"', '\\"')}"`],
      cells: [
        { id: "a", kind: "markdown", title: hostile, text: `${hostile}\n\n[x](javascript:window.hacked=1) ![y](https://evil.example/z.png)` },
        { id: "b", kind: "traces", title: hostile, query: "{ }", height: 200 },
      ],
    };
    await page.goto(`${url}?v=home`);
    await page.getByLabel("Import a notebook").setInputFiles({ name: "h.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(document)) });
    await page.locator(".prose p").first().waitFor();
    await page.locator(".data-table tbody tr").nth(3).waitFor();
    assert.equal(await page.locator("h1").innerText(), hostile);
    assert.equal(await page.locator("main img, main script, .prose a[href]").count(), 0);
    assert.match(await page.locator(".data-table").innerText(), /<img src=x/);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
  },

  async "what explore shows is kept: in a new notebook, in one that is there"(page, url, mock) {
    await page.goto(url);
    await page.locator(".dot-buttons button").first().waitFor(WAIT);
    await page.getByRole("button", { name: "Add to a notebook" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "A new notebook" }).click();
    await page.locator(".dot-buttons button").first().waitFor(WAIT);
    assert.deepEqual(await withoutNumbers(page), ["Latency over time"]);
    await page.keyboard.press("Control+s");
    await saved(page, "revision 1");
    const id = await idOf(page);
    await page.goto(`${url}?tab=shares`);
    await page.locator(".phase-table").waitFor();
    await page.getByRole("button", { name: "Add to a notebook" }).click();
    await page.getByRole("dialog").locator("li", { hasText: "New notebook" }).first().getByRole("button", { name: "Add" }).click();
    await page.getByText("Added to").waitFor();
    assert.equal(mock.notebooks.answerOf(id, null).notebook.cells.at(-1).kind, "shares");
    await page.getByRole("dialog").getByRole("link", { name: "New notebook" }).click();
    await page.locator(".cell.shares .phase-table").waitFor();
  },

  async "cells out of sight ask nothing; no more than four ask at once"(page, url, mock) {
    const cells = [...Array(30).keys()].map((index) => ({ id: `c${index}`, kind: "traces", query: `{ span.n = ${index} }`, height: 60 + (index % 3) * 10 }));
    cells.splice(12, 0, { id: "long", kind: "markdown", text: "x", height: 2000 });
    const document = { schema: "tailplane.notebook/1", title: "Many", time: { from: "now-1h", to: "now" }, cells };
    mock.faults.delayPostMs = 150;
    await page.goto(`${url}?v=home`);
    await page.getByLabel("Import a notebook").setInputFiles({ name: "m.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(document)) });
    await page.locator("#cell-c5 tbody tr").first().waitFor(WAIT);
    await page.waitForTimeout(1_000);
    const asked = mock.faults.asked.filter(({ path }) => path.endsWith("query")).map(({ question }) => question.text);
    assert(!asked.includes("{ span.n = 29 }"), "the last cell is far below");
    assert(mock.faults.mostAtOnce <= 4, `${mock.faults.mostAtOnce} at once`);
    assert(mock.faults.mostAtOnce > 1, "cells are asked for beside each other");
    await page.locator("#cell-c29").scrollIntoViewIfNeeded();
    await page.locator("#cell-c29 tbody tr").first().waitFor(WAIT);
  },
};
