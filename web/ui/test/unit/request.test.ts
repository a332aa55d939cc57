import { afterEach, describe, expect, it, vi } from "vitest";
import type { ApiRequest, WebhookCall } from "../../src/api/request";
import { type Trace, fetchTrace } from "../../src/api/trace";
import { DARK, LIGHT } from "../../src/base/palette";
import { COMPONENT_NAMES } from "../../src/trace/component_legend";
import { componentParts, etcdShare, phaseLabel, phaseParts } from "../../src/trace/phases";
import { etcdSentence, orderRequests, requestFacts, requestSentence, shortUserAgent, webhookFailure } from "../../src/trace/request_sentence";
import { answerHeading } from "../../src/trace/trace_answer";
import { largeTraceAnswer, traceAnswer } from "../browser/mock_trace.mjs";

afterEach(() => vi.unstubAllGlobals());

async function read(answer: unknown): Promise<Trace> {
  vi.stubGlobal("fetch", vi.fn(async () => new Response(JSON.stringify(answer))));
  const result = await fetchTrace({ traceId: "a".repeat(32), near: null }, new AbortController().signal);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

const TRACE = await read(traceAnswer("a".repeat(32)));
const CREATE = TRACE.requests.find(({ verb }) => verb === "create")!;
const sum = (parts: readonly { readonly durationNs: number }[]) => parts.reduce((total, { durationNs }) => total + durationNs, 0);

function request(more: Partial<ApiRequest>): ApiRequest {
  return { ...CREATE, durationNs: 61_200_000, webhooks: [], conflicts: 0, ...more };
}

describe("requestSentence", () => {
  it("says who asked for what, how long it took and how it ended", () => {
    expect(requestSentence(request({}))).toBe("create pods web-0 in prod by kubelet: 61.2 ms, 201");
    expect(requestSentence(request({ verb: "list", resource: "nodes", name: "", namespace: "", code: 200 }))).toBe("list nodes by kubelet: 61.2 ms, 200");
    expect(requestSentence(request({ verb: "patch", subresource: "status", dryRun: true, userAgent: null }))).toBe(
      "patch pods/status web-0 in prod by 10.0.0.7: 61.2 ms, 201, dry run",
    );
  });

  it("leaves out what is not known", () => {
    const bare = request({ verb: "", resource: "", name: "", namespace: "", userAgent: null, client: null, code: null });
    expect(requestSentence(bare)).toBe("request for an unknown resource: 61.2 ms, no status code");
  });

  it("shortens a user agent to who it is", () => {
    const agents = {
      "kubelet/v1.36.2 (linux/amd64) kubernetes/98b3519": "kubelet",
      "kube-controller-manager/v1.36.2 (linux/amd64) kubernetes/98b3519/system:serviceaccount:kube-system:job-controller": "kube-controller-manager/job-controller",
      "kube-scheduler/v1.36.2 (linux/amd64) kubernetes/98b3519/scheduler": "kube-scheduler/scheduler",
      "Mozilla/5.0 (X11)": "Mozilla",
      "": "",
    };
    expect(Object.keys(agents).map(shortUserAgent)).toEqual(Object.values(agents));
  });
});

describe("phases", () => {
  it("come the longest first and add up to the request", () => {
    for (const one of TRACE.requests) {
      const parts = phaseParts(one, LIGHT);
      expect(sum(parts)).toBe(one.durationNs);
      expect(parts.reduce((total, { share }) => total + share, 0)).toBeCloseTo(1, 12);
      expect(parts.map(({ durationNs }) => durationNs)).toEqual([...parts.map(({ durationNs }) => durationNs)].sort((a, b) => b - a));
    }
    const shuffled = request({ phases: [{ phase: "self", durationNs: 1 }, { phase: "etcd_inner", durationNs: 5 }, { phase: "cache", durationNs: 2 }] });
    expect(phaseParts(shuffled, LIGHT).map(({ key, share }) => [key, share])).toEqual([["etcd_inner", 0.625], ["cache", 0.25], ["self", 0.125]]);
  });

  it("are named in words, with the webhooks that were waited for", () => {
    const webhook = (name: string, kind: string, waitedNs: number): WebhookCall => ({ name, kind, waitedNs, configuration: "", durationNs: 9, failed: false });
    const webhooks = [webhook("short", "mutating", 1), webhook("long", "mutating", 5), webhook("idle", "mutating", 0), webhook("other", "validating", 2), webhook("long", "mutating", 1)];
    expect(phaseLabel("mutating_webhook", webhooks)).toBe("mutating webhooks: long, short");
    expect(phaseLabel("validating_webhook", [])).toBe("validating webhooks");
    expect(["etcd_wire", "etcd_server", "priority_and_fairness", "serialization", "self"].map((phase) => phaseLabel(phase, webhooks))).toEqual([
      "waiting for etcd (wire)",
      "etcd",
      "priority and fairness queue",
      "encoding the response",
      "API server itself",
    ]);
  });

  it("keep the name and a colour where this page does not know them", () => {
    const [part] = phaseParts(request({ phases: [{ phase: "constructor", durationNs: 5 }] }), DARK);
    expect(part).toMatchObject({ label: "constructor", colour: DARK.rest, share: 1 });
    expect(phaseLabel("quantum_phase", [])).toBe("quantum phase");
    expect(phaseParts(request({ phases: [{ phase: "self", durationNs: 0 }] }), DARK)[0]?.share).toBe(0);
  });

  it("have a colour each", () => {
    for (const palette of [LIGHT, DARK]) expect(new Set(Object.values(palette.phases)).size).toBe(Object.keys(palette.phases).length);
  });

  it("give way to components where there is no request", async () => {
    const large = await read(largeTraceAnswer("e".repeat(32), 200));
    const parts = componentParts(large, LIGHT, COMPONENT_NAMES);
    expect(sum(parts)).toBe(large.spans[0]?.durationNs);
    expect(componentParts({ ...large, criticalPath: [] }, LIGHT, COMPONENT_NAMES)).toEqual([]);
    expect(answerHeading({ trace: large, requests: [] })).toBe("step 0 by apiserver: 812 ms");
  });
});

describe("etcdSentence", () => {
  const phases = [["etcd_client", 1], ["etcd_wire", 30], ["etcd_server", 5], ["etcd_inner", 60], ["self", 4]] as const;

  it("counts etcd and the way to it", () => {
    const heavy = request({ durationNs: 100, phases: phases.map(([phase, durationNs]) => ({ phase, durationNs })) });
    expect(etcdShare(heavy)).toBeCloseTo(0.96);
    expect(etcdSentence(heavy)).toBe("etcd and the way to it took 96 % of the request");
    expect(etcdSentence(CREATE)).toBe("etcd and the way to it took 61 % of the request");
  });

  it("says that there was none", () => {
    expect(etcdSentence(request({ phases: [{ phase: "cache", durationNs: 5 }] }))).toBe("no time went to etcd");
    expect(etcdShare(request({ durationNs: 0, phases: [] }))).toBe(0);
  });
});

describe("requestFacts", () => {
  const facts = (more: Partial<ApiRequest>) => requestFacts(request(more)).map(({ label, text }) => `${label}: ${text}`);

  it("say what is known and no more", () => {
    expect(facts({ sliDurationNs: 16_600_000, conflicts: 1, group: "apps", dataSource: "both", listedItems: 15000, returnedItems: 1200 })).toEqual([
      "SLI duration: 16.6 ms, without webhooks and queue",
      "authentication: 700 µs, before the span",
      "conflicts: update lost and tried again 1 time",
      "data from: watch cache and etcd, 15,000 listed, 1,200 returned",
      "size: request 2.84 kB, response 3.91 kB",
      "API: apps/v1",
      "client: 10.0.0.7",
    ]);
    expect(facts({ authenticationNs: null, dataSource: "", requestBytes: null, responseBytes: null, client: null })).toEqual([
      "SLI duration: 663 ms, without webhooks and queue",
    ]);
  });

  it("tell authentication within the span from authentication before it", () => {
    expect(facts({ phases: [{ phase: "authentication", durationNs: 7 }] })).toContain("authentication: 700 µs, part of the request");
  });

  it("name a webhook that gave no answer", () => {
    const [, failed] = CREATE.webhooks;
    expect(webhookFailure(failed!)).toBe("validating webhook images.policy.example.com of policy failed: no answer after 61.0 ms");
  });
});

describe("orderRequests", () => {
  const verbs = (spanId: string | null) => orderRequests(TRACE, spanId).map(({ verb }) => verb);

  it("begins with the request that the span is or lies in, else with the longest", () => {
    const idOf = (name: string) => TRACE.spans.find((span) => span.name === name)?.spanId ?? "";
    expect(verbs(idOf("cacher.Get"))).toEqual(["get", "create"]);
    expect(verbs(TRACE.requests[0]!.spanId)).toEqual(["get", "create"]);
    expect(verbs(idOf("txn"))).toEqual(["create", "get"]);
    for (const other of [idOf("RunPodSandbox"), "f".repeat(16), null]) expect(verbs(other)).toEqual(["create", "get"]);
  });
});
