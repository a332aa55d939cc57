// Makes the pictures of docs/screenshots: every screen over the data of a server (TAILPLANE_URL, such as `tailplane serve --demo`), in light
// and dark, wide and narrow; then what a first-time user meets, over canned answers. Arguments choose screens by a part of their name.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { startMock } from "./mock_server.mjs";
import { EMPTY } from "./setup_scenarios.mjs";
import { PATIENCE_MS, until } from "./until.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, "../../../../docs/screenshots");
const target = process.env.TAILPLANE_URL;
const SIZES = [[1280, 800], [390, 844]];
/** For what fades in, and for lines that are drawn a frame later. */
const SETTLE_MS = 800;

assert(target, "set TAILPLANE_URL to a server with data, such as that of `tailplane serve --demo`");

const toCharts = (page) => page.locator(".dot-buttons button").first().waitFor({ state: "attached" });

async function toTrace(page) {
  await toCharts(page);
  await page.locator('.dot-buttons button[tabindex="0"]').focus();
  await page.keyboard.press("Enter");
  await page.locator(".drawer .waterfall-row.selected").waitFor();
}

const press = (key, selector) => async (page) => {
  await toCharts(page);
  await page.keyboard.press(key);
  await page.locator(selector).first().waitFor();
};

/** Nothing is under way in the part that is seen; cells below it have not asked yet. */
const isQuiet = (page) =>
  until(page, () => [...document.querySelectorAll(".skeleton, .waiting-box, .progress.on")].every((part) => part.getBoundingClientRect().top > window.innerHeight));

/** The address of each screen, and the steps to it. */
const SCREENS = {
  home: ["?v=home", (page) => page.locator(".tile").first().waitFor()],
  triage: ["?v=nb&id=triage", (page) => page.locator(".cell").first().waitFor()],
  latency: ["?", toCharts],
  heatmap: ["?", press("h", ".heatmap-surface")],
  "trace-beside-chart": ["?", toTrace],
  trace: [
    "?",
    async (page) => {
      await toTrace(page);
      await page.keyboard.press("f");
      await page.locator(".drawer.full").waitFor();
    },
  ],
  compare: ["?", press("v", ".findings")],
  shares: ["?", press("s", ".shares-sentence")],
  setup: ["?v=setup", (page) => page.locator(".setup-steps").waitFor()],
};

/** What a first-time user meets, with the faults of the mock that bring it about. */
const STATES = {
  "empty-install": [EMPTY, "", (page) => page.locator(".empty-install .setup-code").first().waitFor()],
  "wrong-token": [
    { token: "right" },
    "",
    async (page) => {
      await page.getByLabel("Token").fill("wrong");
      await page.keyboard.press("Enter");
      await page.getByText("This token is not known here").waitFor();
    },
  ],
  "server-gone": [
    {},
    "",
    async (page) => {
      await toCharts(page);
      await page.route("**/api/**", (route) => route.abort("connectionrefused"));
      await page.keyboard.press("r");
      await page.getByText("cannot be reached").first().waitFor();
    },
  ],
  "expired-trace": [{ info: { raw_data_from: "1795000000000000000" } }, `?trace=${"f".repeat(32)}&t=1794999000000000000`, (page) => page.locator(".drawer .state").waitFor()],
  "limit-reached": [{}, `?f=${encodeURIComponent('name = "too-much"')}`, (page) => page.locator(".panel .state").waitFor()],
};

const chosen = process.argv.slice(2);
const isChosen = (name) => chosen.length === 0 || chosen.some((part) => name.includes(part));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage"] });

async function picture(name, url, steps, [width, height], colorScheme) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, timezoneId: "UTC" });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  try {
    await page.goto(url);
    await steps(page);
    await isQuiet(page);
    await pause(SETTLE_MS);
    const file = `${name}-${width}-${colorScheme}.png`;
    await page.screenshot({ path: join(folder, file) });
    console.log(file);
  } catch (error) {
    console.log(`no ${name} at ${width}: ${String(error.message).split("\n")[0]}`);
    process.exitCode = 1;
  } finally {
    await context.close();
  }
}

await mkdir(folder, { recursive: true });
for (const [name, [query, steps]] of Object.entries(SCREENS).filter(([name]) => isChosen(name)))
  for (const size of SIZES) for (const scheme of ["light", "dark"]) await picture(name, new URL(query, target).href, steps, size, scheme);
const mock = await startMock(join(here, "../../dist"));
for (const [name, [faults, query, steps]] of Object.entries(STATES).filter(([name]) => isChosen(name))) {
  Object.assign(mock.faults, faults);
  for (const [size, scheme] of [[SIZES[0], "light"], [SIZES[1], "dark"]]) await picture(name, `${mock.url}${query}`, steps, size, scheme);
  mock.reset();
}
await browser.close();
mock.stop();
