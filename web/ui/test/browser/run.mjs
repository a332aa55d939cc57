// Drives the built page in Chromium: the way from dot to trace to filter by mouse and by keyboard, every state, accessibility, policy.
// With TAILPLANE_URL set, only the smoke part and the whole way run, against that server. Arguments choose scenarios by a part of their name;
// `--figures` measures the first screen, the way to a trace, and large traces instead: processor time is no test.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { accessibility } from "./accessibility.mjs";
import { chartAccessibility } from "./chart_accessibility.mjs";
import { chartFigures } from "./chart_figures.mjs";
import { chartScenarios } from "./chart_scenarios.mjs";
import { clickPath } from "./click_path.mjs";
import { compareScenarios } from "./compare_scenarios.mjs";
import { dragScenarios } from "./drag_scenarios.mjs";
import { figureScenarios } from "./figures.mjs";
import { fileScenarios } from "./file_scenarios.mjs";
import { heatmapScenarios } from "./heatmap_scenarios.mjs";
import { hostileScenarios } from "./hostile_scenarios.mjs";
import { keepingScenarios } from "./keeping_scenarios.mjs";
import { liveScenarios } from "./live_scenarios.mjs";
import { mergeScenarios } from "./merge_scenarios.mjs";
import { startMock } from "./mock_server.mjs";
import { notebookAccessibility } from "./notebook_accessibility.mjs";
import { notebookScenarios } from "./notebook_scenarios.mjs";
import { pageFigures } from "./page_figures.mjs";
import { questionScenarios } from "./question_scenarios.mjs";
import { rowScenarios } from "./row_scenarios.mjs";
import { scenarios } from "./scenarios.mjs";
import { setupScenarios } from "./setup_scenarios.mjs";
import { sharesScenarios } from "./shares_scenarios.mjs";
import { smoke } from "./smoke.mjs";
import { traceScenarios } from "./trace_scenarios.mjs";
import { PATIENCE_MS } from "./until.mjs";
import { waitingScenarios } from "./waiting_scenarios.mjs";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../dist");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const target = process.env.TAILPLANE_URL;

assert(existsSync(executablePath), `no browser at ${executablePath}: install chromium or set CHROMIUM`);
if (target === undefined) assert(existsSync(join(folder, "index.html")), "dist/ is missing: run `npm run build` first");

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const mock = target === undefined ? await startMock(folder) : null;
const url = target ?? mock.url;
const wantsFigures = process.argv[2] === "--figures";
const chosen = process.argv.slice(wantsFigures ? 3 : 2);
/** What is said of each scenario that failed; once more at the end, where a reader of a long log looks first. */
const failures = [];

/** So many scenarios of a run may fail at first and pass when run again; what they said at first is shown. */
const AGAIN_MAX = 2;
let again = 0;

async function inPage(name, options, run) {
  const told = await failureOf(options, run);
  if (told === null) return console.log(`ok    ${name}`);
  const said = `FAIL  ${name}\n      ${told.join("\n      ")}`;
  console.log(said);
  if (again < AGAIN_MAX && (await failureOf(options, run)) === null) {
    again++;
    console.log(`ok    at the second time: ${name}`);
  } else failures.push(said);
}

/** Opens a page that fails its scenario on any script error, console error or breach of the policy; what is known of the failure, or null. */
async function failureOf(options, run) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: "UTC", ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of (400|401|403|404|409|413|503)|ERR_CONNECTION_REFUSED/.test(message.text())) complaints.push(message.text());
  });
  page.setDefaultTimeout(PATIENCE_MS);
  try {
    await run(page, url, mock);
    assert.deepEqual(complaints, [], "the page complained");
    return null;
  } catch (error) {
    return [...String(error.stack).split("\n").slice(0, 8), ...(await whereIsIt(page)), ...complaints.map((complaint) => `complaint: ${complaint}`)];
  } finally {
    await context.close();
    mock?.reset();
  }
}

/** What helps to understand a failure that is not seen again: where the page was, what had the focus, whether it drew frames. */
async function whereIsIt(page) {
  const look = page.evaluate(async () => {
    const { activeElement: focused, visibilityState } = document;
    const drew = await Promise.race([new Promise((done) => requestAnimationFrame(() => done("draws frames"))), new Promise((done) => setTimeout(done, 1000, "drew no frame for 1 s"))]);
    return [`focus: ${focused?.cloneNode(false).outerHTML.slice(0, 300)}`, `page: ${visibilityState}, ${drew}`];
  });
  const late = new Promise((done) => setTimeout(done, 5_000, ["page: did not answer for 5 s"]));
  return [`address: ${page.url()}`, ...(await Promise.race([look, late]).catch((error) => [`page: ${error.message}`]))];
}

async function runAll(runs, label = (name) => name, options = {}) {
  for (const [name, run] of Object.entries(runs)) {
    const shown = label(name);
    if (chosen.length === 0 || chosen.some((part) => shown.includes(part))) await inPage(shown, options, run);
  }
}

if (wantsFigures) {
  // Large traces are the mock's alone.
  await runAll({ ...pageFigures, ...(mock === null ? {} : { ...figureScenarios, ...chartFigures }) });
} else {
  await runAll({ "smoke: first view, dot, trace": smoke, ...clickPath });
}
if (mock !== null && !wantsFigures) {
  const charts = { ...scenarios, ...chartScenarios, ...heatmapScenarios, ...questionScenarios, ...compareScenarios, ...sharesScenarios };
  await runAll({ ...charts, ...traceScenarios, ...setupScenarios, ...hostileScenarios, ...notebookScenarios, ...keepingScenarios, ...liveScenarios, ...rowScenarios, ...fileScenarios, ...dragScenarios, ...mergeScenarios, ...waitingScenarios });
  const audits = { ...accessibility, ...chartAccessibility, ...notebookAccessibility };
  for (const colorScheme of ["light", "dark"]) await runAll(audits, (name) => `axe, ${colorScheme}: ${name}`, { colorScheme, bypassCSP: true });
}
await browser.close();
mock?.stop();
for (const said of failures) console.log(said);
console.log(failures.length === 0 ? `all passed${again > 0 ? `, ${again} of them at the second time` : ""}` : `${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
