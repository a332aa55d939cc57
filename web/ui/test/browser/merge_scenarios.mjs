// Two people change one notebook: what they did is put together, and the reader is asked only where both did something to the same.
import assert from "node:assert/strict";
import { eventually, until } from "./until.mjs";

const CELLS = ["a", "b", "c"].map((id) => ({ id, kind: "markdown", title: `Cell ${id}`, text: `Text of ${id}` }));

/** A kept notebook on the screen, of which somebody else then saves another revision. */
async function open(page, url, mock, theirs) {
  const notebook = { schema: "tailplane.notebook/1", title: "A night", time: { from: "now-1h", to: "now" }, cells: CELLS };
  const { id } = await (await page.request.post(`${url}api/v1/notebooks`, { data: notebook })).json();
  await page.goto(`${url}?v=nb&id=${id}`);
  await page.locator(".cell-head").nth(2).waitFor();
  mock.notebooks.keepNext(id, theirs);
  return id;
}

const withCell = (id, change) => (notebook) => ({ ...notebook, cells: notebook.cells.map((cell) => (cell.id === id ? { ...cell, ...change } : cell)) });
const latest = (mock, id) => mock.notebooks.answerOf(id, null);
const texts = (mock, id) => latest(mock, id).notebook.cells.map(({ text }) => text);
const saved = (page, words) => page.locator(".saved-state", { hasText: words }).waitFor();

async function write(page, place, text) {
  await page.getByRole("button", { name: `Actions of cell ${place}`, exact: true }).click();
  await page.getByRole("menuitem", { name: "Edit", exact: true }).click();
  await page.locator(".cell-editor textarea").fill(text);
  await page.keyboard.press("Control+Enter");
}

async function remove(page, place) {
  await page.getByRole("button", { name: `Actions of cell ${place}`, exact: true }).click();
  await page.getByRole("menuitem", { name: "Delete", exact: true }).click();
}

export const mergeScenarios = {
  async "two people: changes of different cells are put together without a word of asking"(page, url, mock) {
    const id = await open(page, url, mock, (notebook) => ({ ...withCell("b", { text: "b of theirs" })(notebook), title: "A bad night" }));
    await write(page, 1, "a of mine");
    await saved(page, "revision 3 · merged with changes of revision 2");
    assert.deepEqual(texts(mock, id), ["a of mine", "b of theirs", "Text of c"]);
    await page.getByRole("heading", { name: "A bad night" }).waitFor();
    await page.getByText("b of theirs").waitFor();
    await page.keyboard.press("u");
    await page.getByText("Text of a").waitFor();
    await page.getByText("b of theirs").waitFor();
    await saved(page, "revision 4");
    assert.deepEqual(texts(mock, id), ["Text of a", "b of theirs", "Text of c"], "a step back undoes mine, not theirs");
  },

  async "two people: of a cell that both changed the reader chooses, by keyboard alone"(page, url, mock) {
    const id = await open(page, url, mock, (notebook) => withCell("c", { text: "c of theirs" })(withCell("b", { text: "b of theirs" })(notebook)));
    await write(page, 1, "a of mine");
    await write(page, 2, "b of mine");
    await page.keyboard.press("Control+s");
    const dialog = page.getByRole("dialog", { name: "Somebody else has saved this notebook" });
    await dialog.waitFor();
    assert.deepEqual(await dialog.getByRole("heading", { level: 3 }).allInnerTexts(), ["Cell b"]);
    assert.match(await dialog.locator(".differences tbody").innerText(), /text\s+b of mine\s+b of theirs/);
    await dialog.getByRole("button", { name: "theirs", exact: true }).focus();
    await page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: "Save both, with these choices" }).focus();
    await page.keyboard.press("Enter");
    await saved(page, "revision 3 · merged with changes of revision 2");
    assert.deepEqual(texts(mock, id), ["a of mine", "b of theirs", "c of theirs"]);
  },

  async "two people: theirs is opened, or mine kept as a copy; aside, nothing is saved"(page, url, mock) {
    const first = await open(page, url, mock, withCell("b", { text: "b of theirs" }));
    await remove(page, 2);
    await page.keyboard.press("Control+s");
    await page.getByRole("button", { name: "Open theirs, without my changes" }).click();
    await page.getByText("b of theirs").waitFor();
    assert.equal(await page.evaluate((id) => localStorage.getItem(`tailplane.draft.${id}`), first), null);
    const second = await open(page, url, mock, withCell("b", { text: "b of theirs" }));
    await remove(page, 2);
    await page.keyboard.press("Control+s");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await saved(page, "not saved: somebody else has changed it");
    await page.keyboard.press("Control+s");
    await page.getByRole("button", { name: "Keep mine as a copy" }).click();
    await page.getByRole("heading", { name: "A night (copy)" }).waitFor();
    assert.notEqual(await page.evaluate(() => new URLSearchParams(location.search).get("id")), second);
    assert.equal(latest(mock, second).revision, 2);
  },

  async "two people: an unsaved draft of an older revision is put together with what was saved since"(page, url, mock) {
    const id = await open(page, url, mock, withCell("b", { text: "b of theirs" }));
    await write(page, 1, "a of mine");
    await until(page, (key) => localStorage.getItem(`tailplane.draft.${key}`) !== null, id);
    await page.reload();
    await page.locator(".notice", { hasText: "not saved are here" }).waitFor();
    await page.keyboard.press("Control+s");
    await eventually(() => assert.deepEqual(texts(mock, id), ["a of mine", "b of theirs", "Text of c"]));
  },
};
