// Cells are dragged to another place.
import assert from "node:assert/strict";
import { eventually, until } from "./until.mjs";

async function open(page, url, cells) {
  const notebook = { schema: "tailplane.notebook/1", title: "Order", time: { from: "now-1h", to: "now" }, cells };
  const { id } = await (await page.request.post(`${url}api/v1/notebooks`, { data: notebook })).json();
  await page.goto(`${url}?v=nb&id=${id}`);
  await page.locator(".cell-head").first().waitFor();
  return id;
}

const text = (id, more = {}) => ({ id, kind: "markdown", title: id, text: `Text of ${id}`, height: 120, ...more });
const order = (page) => page.evaluate(() => [...document.querySelectorAll(".cells > .cell")].map(({ dataset }) => dataset.cell).join(""));
const grip = (page, id) => page.locator(`#cell-${id} .cell-grip`);

/** Presses a grip and pulls it to a point, without letting go. */
async function pull(page, id, { x, y }) {
  await grip(page, id).scrollIntoViewIfNeeded();
  const box = await grip(page, id).boundingBox();
  await page.mouse.move(box.x + 12, box.y + 12);
  await page.mouse.down();
  await page.mouse.move(box.x + 12, box.y + 30, { steps: 3 });
  await page.mouse.move(x, y, { steps: 6 });
  await page.locator(".cells.dragging").waitFor();
}

/** A point in a cell, in parts of its width and height. */
async function pointIn(page, id, across, down) {
  const box = await page.locator(`#cell-${id}`).boundingBox();
  return { x: box.x + box.width * across, y: box.y + box.height * down };
}

/** A finger, as the browser has it of a touch screen. */
async function fingerOn(page) {
  const client = await page.context().newCDPSession(page);
  await client.send("Emulation.setTouchEmulationEnabled", { enabled: true });
  const send = (type, touchPoints) => client.send("Input.dispatchTouchEvent", { type, touchPoints });
  return {
    down: (point) => send("touchStart", [point]),
    async move(from, to, steps = 8) {
      for (let step = 1; step <= steps; step++) {
        const part = step / steps;
        await send("touchMove", [{ x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }]);
      }
    },
    up: () => send("touchEnd", []),
  };
}

export const dragScenarios = {
  async "drag: a cell goes where the line is, in one step that is undone; Escape leaves it"(page, url, mock) {
    const id = await open(page, url, ["a", "b", "c", "d"].map((name) => text(name)));
    await pull(page, "a", await pointIn(page, "c", 0.5, 0.8));
    await page.locator(".drop-mark").waitFor();
    assert.equal(await order(page), "abcd", "nothing moves before it is dropped");
    await page.mouse.up();
    await eventually(async () => assert.equal(await order(page), "bcad"));
    await until(page, () => document.activeElement.dataset.cell === "a");
    await page.getByRole("button", { name: "Undo (u)" }).last().click();
    assert.equal(await order(page), "abcd");
    assert.equal(await page.getByRole("button", { name: "Undo (u)" }).first().isDisabled(), true, "one step, and no more");
    await pull(page, "d", await pointIn(page, "a", 0.5, 0.1));
    await page.keyboard.press("Escape");
    await page.locator(".drop-mark").waitFor({ state: "detached" });
    await page.mouse.up();
    assert.equal(await order(page), "abcd");
    const box = await grip(page, "b").boundingBox();
    await page.mouse.click(box.x + 5, box.y + 5);
    assert.equal(await order(page), "abcd", "a click moves nothing");
    await pull(page, "d", await pointIn(page, "a", 0.5, 0.1));
    await page.mouse.up();
    await eventually(async () => assert.equal(await order(page), "dabc"));
    await page.keyboard.press("Control+s");
    await page.locator(".saved-state", { hasText: "revision 2" }).waitFor();
    assert.deepEqual(mock.notebooks.answerOf(id, null).notebook.cells.map((cell) => cell.id), ["d", "a", "b", "c"]);
  },

  async "drag: a finger on the grip drags the cell, one beside it scrolls the page"(page, url) {
    await page.setViewportSize({ width: 390, height: 844 });
    await open(page, url, [..."abcdef"].map((name) => text(name, { height: 200 })));
    const touch = await fingerOn(page);
    const grips = await grip(page, "a").boundingBox();
    const from = { x: grips.x + 12, y: grips.y + 12 };
    await touch.down(from);
    await touch.move(from, await pointIn(page, "b", 0.5, 0.8));
    await page.locator(".drop-mark").waitFor();
    assert.equal(await page.evaluate(() => window.scrollY), 0, "the page stays under the finger");
    await touch.up();
    await eventually(async () => assert.equal(await order(page), "bacdef"));
    const beside = await pointIn(page, "a", 0.5, 0.5);
    await touch.down(beside);
    await touch.move(beside, { x: beside.x, y: beside.y - 200 });
    await touch.up();
    await until(page, () => window.scrollY > 50);
    assert.equal(await order(page), "bacdef");
  },

  async "drag: between cells beside each other the line stands upright"(page, url) {
    await open(page, url, [text("a"), text("b", { width: "half" }), text("c", { width: "half" })]);
    await pull(page, "a", await pointIn(page, "c", 0.2, 0.5));
    const mark = await page.locator(".drop-mark").boundingBox();
    assert(mark.height > mark.width, JSON.stringify(mark));
    await page.mouse.up();
    await eventually(async () => assert.equal(await order(page), "bac"));
  },

  async "drag: at the edge of the window the page scrolls along"(page, url) {
    await open(page, url, [..."abcdefghijkl"].map((name) => text(name, { height: 260 })));
    await pull(page, "a", { x: 500, y: 895 });
    await until(page, () => window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 2);
    await page.mouse.move(500, 700);
    await page.mouse.up();
    await eventually(async () => assert.notEqual((await order(page))[0], "a"));
    await page.keyboard.press("u");
    await pull(page, "l", { x: 500, y: 50 });
    await until(page, () => window.scrollY === 0);
    await page.mouse.up();
    await eventually(async () => assert.match(await order(page), /^l/));
  },
};
