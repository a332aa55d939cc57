import { describe, expect, it } from "vitest";
import type { Sender, Senders } from "../../src/api/senders";
import { defaultEndpoint, isLocal, readChoice, writeChoice } from "../../src/setup/choice";
import { stageWords } from "../../src/setup/component_list";
import { type ExpectedComponent, componentStates, strangers } from "../../src/setup/component_state";
import { filesOf } from "../../src/setup/empty_install";

const SECOND = 1_000_000_000n;
const NOW = 1_795_000_000n * SECOND;

const sender = (component: string | null, more: Partial<Sender> = {}): Sender => ({
  address: "10.0.0.1", userAgent: "Go", component, lastSeen: NOW - 2n * SECOND, spans: 100, outcome: "ok", advice: "Nothing to do.", ...more,
});
const list = (senders: readonly Sender[], now = NOW): Senders => ({ now, senders });
const stateOf = (component: ExpectedComponent, now: Senders, before: Senders | null = null) => componentStates(now, before).find((state) => state.component === component)!;

describe("how a component sends", () => {
  it("is never, without spans, with spans, or no more", () => {
    expect(stateOf("etcd", list([])).stage).toBe("never");
    expect(stateOf("etcd", list([sender("etcd", { spans: 0 })])).stage).toBe("without_spans");
    expect(stateOf("etcd", list([sender("etcd")])).stage).toBe("spans");
    expect(stateOf("etcd", list([sender("etcd", { lastSeen: NOW - 60n * SECOND })])).stage).toBe("spans");
    expect(stateOf("etcd", list([sender("etcd", { lastSeen: NOW - 61n * SECOND })])).stage).toBe("silent");
    expect(stateOf("etcd", list([sender("apiserver")])).stage).toBe("never");
  });

  it("is as good as its latest sender", () => {
    const two = list([sender("kubelet", { lastSeen: NOW - 200n * SECOND }), sender("kubelet", { spans: 7 })]);
    expect(stateOf("kubelet", two)).toMatchObject({ stage: "spans", senders: 2, spans: 107, lastSeen: NOW - 2n * SECOND });
  });

  it("has a rate from two lists, unless the server started anew between them", () => {
    const before = list([sender("etcd")], NOW - 2n * SECOND);
    expect(stateOf("etcd", list([sender("etcd", { spans: 150 })]), before).spansPerSecond).toBe(25);
    expect(stateOf("etcd", list([sender("etcd", { spans: 3 })]), before).spansPerSecond).toBeNull();
    expect(stateOf("etcd", list([sender("etcd")]), null).spansPerSecond).toBeNull();
  });

  it("of a Collector shows in its user agent", () => {
    const collector = sender("kubelet", { userAgent: "OpenTelemetry Collector Contrib/0.120.0 (linux/amd64)" });
    expect(stateOf("collector", list([collector])).stage).toBe("spans");
    expect(stateOf("collector", list([sender("kubelet")])).stage).toBe("never");
  });

  it("is told from those that nobody expects and that fail", () => {
    const lost = sender(null, { outcome: "tls_on_plain_port" });
    expect(strangers(list([lost, sender(null), sender("etcd", { outcome: "partial" })]))).toEqual([lost]);
  });

  it("is said in words", () => {
    const words = (component: ExpectedComponent, senders: readonly Sender[]) => stageWords(stateOf(component, list(senders)), NOW, true);
    expect(words("etcd", [])).toBe("never connected");
    expect(stageWords(stateOf("etcd", list([])), NOW, false)).toBe("never connected; this distribution does not let it send");
    expect(words("etcd", [sender("etcd", { spans: 0 })])).toBe("connected without spans, last seen 2.00 s ago");
    expect(words("etcd", [sender("etcd"), sender("etcd")])).toBe("200 spans so far from 2 senders, last seen 2.00 s ago");
    expect(words("etcd", [sender("etcd", { lastSeen: NOW - 90n * SECOND })])).toMatch(/^silent: 100 spans so far, last seen 90.0 s ago, at 20/);
  });
});

describe("what is asked for", () => {
  it("stands in the URL and keeps the theme", () => {
    const choice = { version: "1.34", distribution: "kind", endpoint: "10.0.0.5:4317", sampling: "0.5", components: "", cluster: "prod 1", tls: true, token: false };
    const written = writeChoice(choice, "?v=setup&theme=dark");
    expect(readChoice(written, "elsewhere")).toEqual(choice);
    expect(written).toContain("theme=dark");
    expect(written).toMatch(/^\?v=setup&/);
  });

  it("goes to the host that the page came from, where that is one", () => {
    expect(readChoice("?v=setup", "tail.example")).toMatchObject({ version: "", endpoint: "tail.example:4317", sampling: "1" });
    expect(defaultEndpoint("")).toBe("localhost:4317");
    expect(["localhost:4317", "127.0.0.1:4317", "[::1]:4317", "10.0.0.5:4317", "127x.example:1"].map(isLocal)).toEqual([true, true, true, false, false]);
  });
});

it("finds the files of a component's step", () => {
  const file = { path: "/x", mergeInto: null, mode: null, content: "c" };
  const step = (title: string) => ({ title, why: "", machine: "", files: [file], commands: [], check: [], rollBack: [] });
  const setup = { samplingPercent: "1", warnings: [], advice: "", estimates: [], steps: [step("kube-apiserver"), { ...step("etcd 3.6"), files: [] }] };
  expect([filesOf(setup, "apiserver"), filesOf(setup, "etcd"), filesOf(setup, "crio")]).toEqual([[file], [], []]);
});
