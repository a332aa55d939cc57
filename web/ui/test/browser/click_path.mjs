// The whole way of a reader, once by keyboard alone and once by mouse: from p99 to a dot, its trace, an attribute, a node, a comparison,
// a notebook that is saved and shared, and the same in another browser profile. Holds for any server with data that saves notebooks.
import assert from "node:assert/strict";
import { PATIENCE_MS, eventually, until } from "./until.mjs";

const TABS_MAX = 250;
const ATTRIBUTE = "http.response.status_code";
const INSTANCE = "service.instance.id";
const COMPARED = ".findings, .state";

const filters = (page) => page.evaluate(() => new URLSearchParams(location.search).getAll("f"));

/** Goes to an element by Tab, as whoever has no mouse. */
async function tabTo(page, element) {
  await element.waitFor({ state: "attached" });
  for (let step = 0; step < TABS_MAX; step++) {
    if (await element.evaluate((one) => one === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${element} is not reached by ${TABS_MAX} steps of Tab`);
}

/** What a reader does, by keys. */
function keyboardOf(page) {
  const choose = async (element) => {
    await tabTo(page, element);
    await page.keyboard.press("Enter");
  };
  return {
    choose,
    async openDot() {
      await page.keyboard.press("d");
      await page.keyboard.press("Enter");
    },
    async filterBy(attribute) {
      await choose(attribute.getByRole("button", { name: /^more for/ }));
      await page.getByRole("menuitem", { name: "filter = this value" }).waitFor();
      await page.keyboard.press("Enter");
    },
    async toRows() {
      await page.keyboard.press("w");
      await page.keyboard.press("Home");
    },
    nextRow: () => page.keyboard.press("ArrowDown"),
    closeTrace: () => page.keyboard.press("Escape"),
    compare: () => page.keyboard.press("v"),
    save: () => page.keyboard.press("Control+s"),
  };
}

/** The same with a mouse. */
function mouseOf(page) {
  let row = 0;
  const toRow = () => page.locator(".waterfall-row").nth(row).click();
  return {
    choose: (element) => element.click(),
    async openDot() {
      const box = await page.locator('.dot-buttons button[tabindex="0"]').boundingBox();
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    },
    async filterBy(attribute) {
      await attribute.hover();
      await attribute.getByRole("button", { name: /^filter = / }).click();
    },
    async toRows() {
      row = 0;
      await toRow();
    },
    async nextRow() {
      row++;
      await toRow();
    },
    closeTrace: () => page.getByRole("button", { name: "Close (Escape)" }).click(),
    compare: () => page.getByRole("button", { name: "slow with the rest" }).click(),
    save: () => page.getByRole("button", { name: "Save", exact: true }).click(),
  };
}

async function toTrace(page, url, hand) {
  await page.goto(url);
  await page.locator('.dot-buttons button[tabindex="0"]').waitFor({ state: "attached" });
  assert.match(await page.locator(".result-line").first().innerText(), /^p99 of [\d,]+ spans/);
  await hand.openDot();
  await page.locator(".waterfall-row.selected").waitFor();
  await page.locator(".etcd-sentence", { hasText: /^(etcd and the way to it took .+ % of the request|no time went to etcd)$/ }).first().waitFor();
}

/** Two filters more: the value of an attribute, and the node of the first span that knows one, or its process. */
async function narrow(page, hand) {
  await hand.filterBy(page.locator(".attribute", { hasText: ATTRIBUTE }).first());
  await until(page, (name) => new URLSearchParams(location.search).getAll("f").at(-1)?.startsWith(`span.${name} = `), ATTRIBUTE);
  await hand.toRows();
  const only = page.getByRole("button", { name: "only this node" });
  const rows = Number(await page.locator('[role="treegrid"]').getAttribute("aria-rowcount"));
  for (let row = 1; row < rows && (await only.count()) === 0; row++) await hand.nextRow();
  // Where no span of the trace names its node, its process stands for it.
  if ((await only.count()) > 0) await hand.choose(only);
  else await hand.filterBy(page.locator(".attribute", { hasText: INSTANCE }).first());
  await until(page, () => /^resource\.(k8s\.node\.name|host\.name|service\.instance\.id) = /.test(new URLSearchParams(location.search).getAll("f").at(-1)));
  await hand.closeTrace();
  await page.locator(".drawer").waitFor({ state: "detached" });
}

/** Into a notebook of its own, which is saved; gives the address to share. */
async function keepAndShare(page, hand) {
  await hand.choose(page.locator(".compare").getByRole("button", { name: "Add to a notebook" }));
  await hand.choose(page.getByRole("dialog").getByRole("button", { name: "A new notebook" }));
  await page.locator(".cell.compare").locator(COMPARED).first().waitFor();
  await hand.save();
  await page.locator(".saved-state", { hasText: "revision 1" }).waitFor();
  await hand.choose(page.getByRole("button", { name: "Share", exact: true }));
  return until(page, () => document.querySelector(".shared-address input")?.value);
}

async function wholeWay(page, url, hand) {
  await toTrace(page, url, hand);
  await narrow(page, hand);
  const narrowed = await filters(page);
  assert(narrowed.length >= 2, `${narrowed}`);
  await page.locator(".count-strip canvas").waitFor();
  await hand.compare();
  await page.locator(".compare").locator(COMPARED).first().waitFor();
  const shared = await keepAndShare(page, hand);
  const titles = await page.locator(".cell-head h2").allInnerTexts();
  const context = await page.context().browser().newContext();
  try {
    const other = await context.newPage();
    other.setDefaultTimeout(PATIENCE_MS);
    await other.goto(shared);
    await other.locator(".cell.compare").locator(COMPARED).first().waitFor();
    await eventually(async () => assert.deepEqual(await other.locator(".cell-head h2").allInnerTexts(), titles));
    assert.match(other.url(), /rev=1&from=\d{4}-.*&to=\d{4}-/, "what is shared says its revision and its instants");
  } finally {
    await context.close();
  }
}

export const clickPath = {
  "the whole way from p99 to a shared notebook, by keyboard alone": (page, url) => wholeWay(page, url, keyboardOf(page)),
  "the whole way from p99 to a shared notebook, by mouse": (page, url) => wholeWay(page, url, mouseOf(page)),
};
