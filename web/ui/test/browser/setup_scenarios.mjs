// The set-up page, and what a first-time user meets: nothing stored, a wrong token, a server that is gone, an expired trace, a limit.
import assert from "node:assert/strict";
import { END_NS } from "./mock_data.mjs";
import { sender, sendersAnswer } from "./mock_setup.mjs";
import { copied } from "./until.mjs";

const WAIT = { state: "attached" };
const SECOND = 1_000_000_000n;
const ago = (seconds) => (END_NS - BigInt(seconds) * SECOND).toString();

/** Runs with a fault of the mock, and takes it back whatever happens. */
export async function withFaults(mock, faults, run) {
  const before = { ...mock.faults };
  Object.assign(mock.faults, faults);
  try {
    await run();
  } finally {
    Object.assign(mock.faults, before);
  }
}

export const MANY_SENDERS = () => ({
  ...sendersAnswer(),
  senders: [
    sender("apiserver", "10.0.0.1"),
    sender("apiserver", "10.0.0.2"),
    sender("etcd", "10.0.0.1", { spans: 0 }),
    sender("kubelet", "10.0.0.9", { last_seen: ago(200) }),
    sender(null, "10.0.0.77", { spans: 0, outcome: "tls_on_plain_port", advice: "It speaks TLS to a plain port: use an http:// endpoint, or set ingest.tls_cert_file here." }),
  ],
});

export const EMPTY = { empty: true, info: { demo: false, banner: null, raw_data_from: null, start_hint: null, end_hint: null }, senders: () => ({ ...sendersAnswer(), senders: [] }) };

export const setupScenarios = {
  async "set-up shows exact files and commands for a version and a distribution"(page, url) {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(`${url}?v=setup`);
    await page.getByRole("heading", { name: "2. kube-apiserver" }).waitFor();
    await page.getByText("0 sends nothing, and it is the default").waitFor();
    await page.getByText("etcd follows kube-apiserver", { exact: true }).waitFor();
    await page.getByText("independent on each side of a link").waitFor();
    assert.equal(await page.getByLabel("Kubernetes", { exact: true }).inputValue(), "1.36", "the newest version is chosen");
    await page.getByText("On every machine this is the machine itself").waitFor();
    await page.getByLabel("Send to").fill("10.0.0.5:4317");
    await page.getByLabel("/etc/kubernetes/tracing/apiserver.yaml", { exact: true }).getByText('endpoint: "10.0.0.5:4317"').waitFor();
    await page.getByRole("button", { name: "copy /etc/kubernetes/tracing/apiserver.yaml" }).click();
    await copied(page, /samplingRatePerMillion: 10000\n$/);
    await page.getByLabel("Sampled, in percent").fill("5");
    await page.getByText("samplingRatePerMillion: 50000").first().waitFor();
    assert.equal(await page.getByRole("heading", { name: "The way back" }).count(), 0);
    await page.getByRole("button", { name: "Show the way back of each step" }).click();
    assert.equal(await page.getByRole("heading", { name: "The way back" }).count(), 4);
    await page.getByLabel("Runtime").selectOption("CRI-O");
    await page.getByRole("heading", { name: /CRI-O/ }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: /CRI-O/ }).waitFor();
    assert.equal(await page.getByLabel("Send to").inputValue(), "10.0.0.5:4317", "the URL keeps the choice");
    await page.getByLabel("Distribution").selectOption("eks");
    await page.getByText("Its control plane is run by the provider").waitFor();
    await page.getByText("this distribution does not let it send").first().waitFor();
  },

  async "set-up says what the server refuses, and keeps the steps"(page, url) {
    await page.goto(`${url}?v=setup`);
    await page.getByRole("heading", { name: "2. kube-apiserver" }).waitFor();
    await page.getByLabel("Send to").fill("http://10.0.0.5:4317");
    await page.getByText("http://10.0.0.5:4317 has a scheme: write host:port alone The steps below are those of the choice before.").waitFor();
    assert(await page.locator(".setup-steps > li").count() > 3);
  },

  async "components turn green as their spans arrive, and red when they fall silent"(page, url, mock) {
    let asked = 0;
    const first = () => ({ ...sendersAnswer(), senders: [] });
    await withFaults(mock, { senders: () => (asked++ === 0 ? first() : sendersAnswer(2 * asked)) }, async () => {
      await page.goto(`${url}?v=setup`);
      const apiserver = page.locator(".component-row", { hasText: "kube-apiserver" });
      await apiserver.getByText("never connected").waitFor();
      await page.locator(".component-row.spans", { hasText: "kube-apiserver" }).waitFor();
      await apiserver.getByText(/42 spans\/s, 18,\d+ spans so far, last seen 2.00 s ago/).waitFor();
    });
    await withFaults(mock, { senders: MANY_SENDERS }, async () => {
      await page.reload();
      await page.locator(".component-row.spans", { hasText: "36,408 spans so far from 2 senders" }).waitFor();
      await page.locator(".component-row.without_spans", { hasText: "connected without spans" }).waitFor();
      await page.locator(".component-row.silent", { hasText: /silent: 18,204 spans so far, last seen 3 min 20 s ago, at 2026-11-18/ }).waitFor();
      await page.locator(".strangers", { hasText: "It speaks TLS to a plain port" }).waitFor();
    });
  },

  async "a component that is silent is a red line over the charts and on home"(page, url, mock) {
    await withFaults(mock, { senders: MANY_SENDERS }, async () => {
      await page.goto(`${url}?v=home`);
      await page.getByText(/kubelets sent nothing for 3 min 20 s; last seen 2026-11-18/).waitFor();
      await page.goto(url);
      await page.getByText(/kubelets sent nothing for 3 min 20 s; last seen 2026-11-18/).waitFor();
      assert.equal(await page.locator(".silent-line").count(), 1);
      await page.getByRole("link", { name: "Who sends" }).click();
      await page.getByRole("heading", { name: "Attach a cluster" }).waitFor();
    });
  },

  async "nothing stored yet: what to paste for each component, and spans once they come"(page, url, mock) {
    await withFaults(mock, EMPTY, async () => {
      await page.goto(url);
      await page.getByRole("heading", { name: "No spans yet" }).waitFor();
      for (const [component, text] of [["kube-apiserver", "kind: TracingConfiguration"], ["etcd", "--distributed-tracing-address="], ["kubelets", "samplingRatePerMillion: 10000"], ["containerd", "io.containerd.internal"], ["CRI-O", "enable_tracing = true"], ["OpenTelemetry Collector", "exporters:"]]) {
        await page.getByRole("button", { name: component, exact: true }).click();
        await page.locator(".setup-code pre", { hasText: text }).first().waitFor();
      }
      await page.locator(".component-row.never", { hasText: "kube-apiserver" }).waitFor();
      assert.match(await page.getByRole("link", { name: "every step for your version and distribution" }).getAttribute("href"), /\?v=setup/);
      mock.faults.empty = false;
      mock.faults.info = {};
      await page.getByRole("button", { name: "Look for spans now" }).click();
      await page.locator(".dot-buttons button").first().waitFor(WAIT);
    });
  },

  async "a wrong token says so, a right one opens the page"(page, url, mock) {
    await withFaults(mock, { token: "right" }, async () => {
      await page.goto(url);
      await page.getByRole("heading", { name: "Log in to Tailplane" }).waitFor();
      await page.getByLabel("Token").fill("wrong");
      await page.keyboard.press("Enter");
      await page.getByText("This token is not known here: check that all of it was copied.").waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.id), "login-token");
      await page.keyboard.type("right");
      await page.keyboard.press("Enter");
      await page.locator(".dot-buttons button").first().waitFor(WAIT);
    });
  },

  async "a server that is gone: the last answer stays, with its age"(page, url) {
    await page.goto(url);
    await page.locator(".dot-buttons button").first().waitFor(WAIT);
    await page.clock.install();
    await page.clock.pauseAt(new Date(Date.now() + 200_000));
    await page.route("**/api/**", (route) => route.abort("connectionrefused"));
    await page.keyboard.press("r");
    const note = page.locator(".stale");
    await note.waitFor();
    assert.match(await note.innerText(), /The server cannot be reached; this is the last answer, from \d\d:\d\d:\d\d, 3 min \d\d s ago/);
    assert(await page.locator(".dot-buttons button").count() > 10, "the chart stays");
    await page.unroute("**/api/**");
    await page.getByRole("button", { name: "Try again" }).click();
    await note.waitFor({ state: "detached" });
  },

  async "an expired trace: what is known of it, and how far spans reach back"(page, url, mock) {
    await withFaults(mock, { info: { raw_data_from: (END_NS - 100n * SECOND).toString() } }, async () => {
      await page.goto(url);
      await page.locator(".dot-buttons button").first().waitFor(WAIT);
      await page.route("**/api/v1/traces/*", (route) => route.fulfill({ status: 404, json: { error: { kind: "not_found", message: "no such trace" } } }));
      await page.keyboard.press("d");
      await page.keyboard.press("Home");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "This trace has expired" }).waitFor();
      await page.getByText(/^The chart’s span took .* and ended at 2026-11-18/).waitFor();
      await page.getByText(/Retention has removed its spans: those that are kept reach back to 2026-11-18 11:05:00/).waitFor();
    });
  },

  async "a limit is reached: the server’s words, and ways to ask for less"(page, url) {
    await page.goto(`${url}?f=${encodeURIComponent('name = "too-much"')}`);
    await page.getByRole("heading", { name: "A limit of the server is reached" }).waitFor();
    await page.getByText(/ask for a shorter time range, a larger step or fewer groups/).waitFor();
    await page.getByRole("button", { name: "Last 15 minutes" }).click();
    await page.waitForURL(/from=now-15m/);
    await page.getByRole("button", { name: "Without groups" }).click();
    await page.waitForURL(/by=(&|$)/);
  },
};
