// Nothing that was typed is lost, and nothing that answers late takes over: notebooks that are left, editors that go without a word, a browser that keeps nothing.
import assert from "node:assert/strict";
import { eventually, until } from "./until.mjs";

const titlesOf = (page) => page.locator(".cell-head h2").allInnerTexts();
const saved = (page, words) => page.locator(".saved-state", { hasText: words }).waitFor();
const idOf = (page) => page.evaluate(() => new URLSearchParams(location.search).get("id"));
const editor = (page) => page.locator(".cell-editor textarea").first();

async function add(page, kind) {
  await page.getByRole("button", { name: "Add a cell" }).click();
  await page.locator(".kind", { hasText: kind }).click();
}

/** A saved notebook with one text. */
async function keepText(page, url, text) {
  await page.goto(`${url}?v=nb`);
  await add(page, "Text");
  await editor(page).fill(text);
  await page.keyboard.press("Control+Enter");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await saved(page, "revision 1");
  return idOf(page);
}

async function cellMenu(page, place, item) {
  await page.getByRole("button", { name: `Actions of cell ${place}`, exact: true }).click();
  await page.getByRole("menuitem", { name: item, exact: true }).click();
}

/** Holds back what is saved until the returned function is called. */
async function holdSaves(page) {
  const held = [];
  await page.route("**/api/v1/notebooks/*", (route) => (route.request().method() === "PUT" ? void held.push(route) : route.continue()));
  return {
    waiting: () => held.length,
    async letGo() {
      const answered = held.map((route) => page.waitForResponse((response) => response.request() === route.request()));
      for (const route of held.splice(0)) await route.continue();
      await Promise.all(answered);
      // Whatever the page does with an answer, it has done two turns of its clock later.
      await page.evaluate(() => new Promise((done) => setTimeout(() => setTimeout(done, 100), 100)));
    },
  };
}

const held = (saves) => eventually(() => assert(saves.waiting() > 0, "nothing was saved"));

export const keepingScenarios = {
  async "a save that answers after Home or Back leaves what is shown alone"(page, url, mock) {
    const other = await keepText(page, url, "of B");
    const own = await keepText(page, url, "of A");
    await page.goto(`${url}?v=nb&id=${other}`);
    await page.getByText("of B").waitFor();
    await page.evaluate((id) => history.pushState(null, "", `?v=nb&id=${id}`), own);
    await page.evaluate(() => window.dispatchEvent(new PopStateEvent("popstate")));
    await page.getByText("of A").waitFor();
    const saves = await holdSaves(page);
    await add(page, "SQL");
    await page.keyboard.press("Control+Enter");
    await page.keyboard.press("Control+s");
    await held(saves);
    await page.goBack();
    await page.getByText("of B").waitFor();
    await saves.letGo();
    assert.equal(await idOf(page), other);
    await saved(page, "revision 1");
    await page.waitForTimeout(4_500);
    assert.equal(mock.notebooks.answerOf(own, null).revision, 2, "nothing was written over what was saved");
    assert.equal(await page.evaluate((id) => localStorage.getItem(`tailplane.draft.${id}`), own), null);
    await page.goForward();
    await page.getByText("of A").waitFor();
    assert.equal((await titlesOf(page)).length, 2);
    await cellMenu(page, 2, "Delete");
    await page.keyboard.press("Control+s");
    await held(saves);
    await page.getByRole("link", { name: "Home" }).click();
    await page.locator(".notebook-list").waitFor();
    await saves.letGo();
    assert.match(page.url(), /\?v=home/);
    assert.equal(mock.notebooks.answerOf(own, null).revision, 3);
  },

  async "what is typed in a cell stays when another cell is edited, and when the screen is left; Cancel leaves all as it was"(page, url) {
    await page.goto(`${url}?v=nb`);
    for (const text of ["first", "second"]) {
      await add(page, "Text");
      await editor(page).fill(text);
      await page.keyboard.press("Control+Enter");
    }
    await cellMenu(page, 1, "Edit");
    await editor(page).fill("first, and more");
    await cellMenu(page, 2, "Edit");
    await page.getByText("first, and more").waitFor();
    await editor(page).fill("second, and more");
    await page.getByRole("link", { name: "Home" }).click();
    await page.locator(".notebook-list").waitFor();
    await page.goBack();
    await page.locator(".prose", { hasText: "second, and more" }).waitFor();
    await cellMenu(page, 2, "Edit");
    await editor(page).fill("not this");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.locator(".prose", { hasText: "second, and more" }).waitFor();
  },

  async "the keys go on working after the edited cell is deleted"(page, url) {
    await page.goto(`${url}?v=nb`);
    for (const kind of ["Traces", "SQL"]) {
      await add(page, kind);
      await page.keyboard.press("Control+Enter");
    }
    await cellMenu(page, 2, "Edit");
    await cellMenu(page, 2, "Delete");
    await until(page, () => document.activeElement?.hasAttribute("data-cell"));
    await page.keyboard.press("Enter");
    await page.locator(".cell-editor textarea:focus").waitFor();
  },

  async "where the browser keeps nothing a notebook opens, is edited and is saved"(page, url) {
    await page.addInitScript(() => {
      Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("denied", "SecurityError"); } });
    });
    await keepText(page, url, "kept by the server alone");
    await page.reload();
    await page.getByText("kept by the server alone").waitFor();
  },

  async "a conflict that was put aside does not come back by itself, but with the next save"(page, url, mock) {
    const id = await keepText(page, url, "mine");
    mock.notebooks.keepNext(id, (notebook) => ({ ...notebook, cells: notebook.cells.map((cell) => ({ ...cell, title: "Theirs" })) }));
    await cellMenu(page, 1, "Delete");
    await page.keyboard.press("Control+s");
    const dialog = page.getByRole("dialog", { name: "Somebody else has saved this notebook" });
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("u");
    await saved(page, "somebody else has changed it");
    await page.waitForTimeout(4_500);
    assert.equal(await dialog.count(), 0);
    await cellMenu(page, 1, "Delete");
    await page.keyboard.press("Control+s");
    await dialog.waitFor();
  },

  async "a notebook that cannot be deleted says so in sight"(page, url) {
    await keepText(page, url, "stays");
    await page.route("**/api/v1/notebooks/*", (route) =>
      route.request().method() === "DELETE" ? route.fulfill({ status: 403, json: { error: { kind: "forbidden", message: "the token may not edit" } } }) : route.continue());
    await page.getByRole("button", { name: "Export and more" }).click();
    await page.getByRole("menuitem", { name: "Delete the notebook" }).click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.locator(".notice.on", { hasText: "Not deleted: the token may not edit" }).waitFor();
  },

  async "of several traces and charts on one page each key and each step is of its own"(page, url) {
    const trace = { kind: "trace", trace_id: "0af7651916cd43dd8448eb211c80319c" };
    const document = {
      schema: "tailplane.notebook/1", title: "Two traces", time: { from: "now-1h", to: "now" },
      cells: [{ id: "chart", kind: "latency" }, { ...trace, id: "one" }, { ...trace, id: "two" }],
    };
    await page.goto(`${url}?v=home`);
    await page.getByLabel("Import a notebook").setInputFiles({ name: "n.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(document)) });
    const dot = page.locator('#cell-chart .dot-buttons button[tabindex="0"]');
    await dot.waitFor({ state: "attached" });
    await dot.focus();
    await page.keyboard.press("Enter");
    await page.locator(".drawer .waterfall-row.selected").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".drawer").waitFor({ state: "detached" });
    await page.locator("#cell-two").scrollIntoViewIfNeeded();
    const rows = page.locator('#cell-two [role="treegrid"]');
    await rows.focus();
    await page.keyboard.press("/");
    const within = (selector) => page.evaluate((wanted) => document.activeElement.matches(wanted), selector);
    assert(await within("#cell-two .trace-search input"), "the search of another trace has the focus");
    await page.keyboard.press("Escape");
    assert(await within('#cell-two [role="treegrid"]'), "the rows of another trace have the focus");
    const value = page.locator("#cell-two .attribute", { hasText: "http.response.status_code" }).first();
    await value.hover();
    await value.getByRole("button", { name: /^group by/ }).click();
    assert.deepEqual((await titlesOf(page)).map((title) => title.replace(/^\d+ /, "")), ["Latency over time", "One trace", "One trace", "Latency over time"]);
  },

  async "an open receipt stays open while its figure is asked for again"(page, url) {
    await page.goto(url);
    await page.locator(".dot-buttons button").first().waitFor({ state: "attached" });
    const receipt = page.locator("section.panel", { has: page.locator("#chart-title") });
    await receipt.getByRole("button", { name: "check it" }).click();
    await receipt.locator(".receipt-panel pre").first().waitFor();
    const waiting = [];
    let isHeld = true;
    await page.route("**/api/v1/latency?*", (route) => (isHeld ? void waiting.push(route) : route.continue()));
    await page.keyboard.press("r");
    await page.locator(".progress.on").waitFor({ state: "attached" });
    assert.equal(await receipt.locator(".receipt-panel pre").first().isVisible(), true);
    await eventually(() => assert(waiting.length > 0, "nothing was asked"));
    isHeld = false;
    await Promise.all(waiting.map((route) => route.continue()));
    await page.locator(".progress:not(.on)").waitFor({ state: "attached" });
    assert.equal(await receipt.locator(".receipt-panel pre").first().isVisible(), true);
  },

  async "fields of the set-up page changed shortly one after another all hold"(page, url) {
    await page.goto(`${url}?v=setup`);
    const form = page.getByRole("form", { name: "What is to be attached" });
    await form.getByLabel("Cluster’s name").fill("prod-7");
    await form.getByLabel("Sampled, in percent").fill("5");
    await form.getByLabel("over TLS").check();
    await until(page, () => ["cluster=prod-7", "sampling=5", "tls=1"].every((part) => location.search.includes(part)));
    assert.equal(await form.getByLabel("over TLS").isChecked(), true);
  },
};
