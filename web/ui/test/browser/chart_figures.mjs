// Prints what a chart of 100,000 points costs, which no answer of the server has: drawn by the page's own code.
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { threadTimeBetween } from "./frames.mjs";

const ENTRY = fileURLToPath(new URL("large_chart.ts", import.meta.url));
const ROUNDS = 9;

const median = (values) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)].toFixed(0);

export const chartFigures = {
  async "figures: a chart of 100,000 points and 1,000 dots"(page, url) {
    const lib = { entry: ENTRY, formats: ["iife"], name: "largeChart" };
    const [{ output }] = await build({ configFile: false, logLevel: "silent", build: { write: false, lib } });
    // The policy of the page lets no script in that is not its own.
    const context = await page.context().browser().newContext({ viewport: page.viewportSize(), bypassCSP: true });
    const open = await context.newPage();
    await open.goto(`${url}?v=setup`);
    await open.addScriptTag({ content: output.find(({ type }) => type === "chunk").code });
    const took = [];
    for (let round = 0; round < ROUNDS; round++) {
      let clock;
      const busyMs = await threadTimeBetween(open, ["begun", "drawn"], async () => (clock = await open.evaluate(() => window.largeChart.draw())));
      took.push({ ...clock, busyMs });
    }
    await context.close();
    const [first, ...others] = took;
    const all = (name) => `${first[name].toFixed(0)} ms at first, then ${median(others.map((one) => one[name]))}`;
    console.log(`      drawn in ${all("busyMs")} of processor time (by the clock ${all("drawnMs")}); its data made of the answer in ${all("preparedMs")}`);
  },
};
