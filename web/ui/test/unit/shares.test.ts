import { afterEach, describe, expect, it, vi } from "vitest";
import { type Shares, type SharesOf, fetchShares } from "../../src/api/shares";
import { DARK, LIGHT } from "../../src/base/palette";
import { GROUPINGS, groupClause, groupingOf } from "../../src/shares/groups";
import { KINDS, bandRange, growthSentence, kindSentence, kindShare } from "../../src/shares/kinds";
import { bandParts, inkOn, phaseShare, presentPhases } from "../../src/shares/phase_parts";
import { sharesAnswer } from "../browser/mock_shares.mjs";

afterEach(() => vi.unstubAllGlobals());

async function read(of: SharesOf, baseline?: object): Promise<Shares> {
  vi.stubGlobal("fetch", vi.fn(async () => new Response(JSON.stringify(sharesAnswer({ of, by: [], baseline, exemplars: 2 })))));
  const result = await fetchShares({ of, filter: "{ }", start: "now-1h", end: "now", baseline: null, by: [], exemplars: 2 }, new AbortController().signal);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

const REQUESTS = await read("requests");
const PODS = await read("pod_starts");

describe("phases", () => {
  it("are those that took time, in the order of a request's way", () => {
    const phases = presentPhases(REQUESTS, "requests", LIGHT);
    expect(phases.map(({ key }) => key)).not.toContain("authentication");
    expect(phases.map(({ place }) => place)).toEqual([...phases.map(({ place }) => place)].sort((a, b) => a - b));
    expect(phases.find(({ key }) => key === "etcd_inner")).toMatchObject({ label: "etcd, the operation itself", colour: LIGHT.phases.etcd_inner });
    expect(presentPhases(PODS, "pod_starts", DARK).at(-1)).toMatchObject({ label: "kubelet itself", colour: DARK.podPhases.self });
  });

  it("of a newer server keep their names", () => {
    const newer = { ...REQUESTS, phases: REQUESTS.phases.map((phase) => (phase === "cache" ? "new_thing" : phase)) };
    expect(presentPhases(newer, "requests", LIGHT).find(({ key }) => key === "new_thing")).toMatchObject({ label: "new thing", colour: LIGHT.rest });
    expect(presentPhases({ ...PODS, phases: PODS.phases.map((phase) => (phase === "network" ? "constructor" : phase)) }, "pod_starts", LIGHT)[1]?.label).toBe("constructor");
  });

  it("make a bar that adds up to its band", () => {
    const phases = presentPhases(REQUESTS, "requests", LIGHT);
    for (const band of REQUESTS.bands) {
      const parts = bandParts(band, phases);
      expect(parts.reduce((sum, { durationNs }) => sum + durationNs, 0)).toBe(band.totalNs);
      expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    }
    expect(phaseShare({ ...REQUESTS.bands[0]!, totalNs: 0 }, 3)).toBe(0);
  });

  it("have numbers that can be read on their colours", () => {
    const channel = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const luminance = (hex: string) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, index) => sum + weight * channel(Number.parseInt(hex.slice(1 + 2 * index, 3 + 2 * index), 16) / 255), 0);
    for (const { phases, podPhases } of [LIGHT, DARK])
      for (const colour of [...Object.values(phases), ...Object.values(podPhases)]) {
        const [high, low] = [luminance(colour), luminance(inkOn(colour))].sort((a, b) => b - a);
        expect(((high ?? 0) + 0.05) / ((low ?? 0) + 0.05), colour).toBeGreaterThanOrEqual(4.5);
      }
  });
});

describe("the answer in words", () => {
  it("says what etcd, or pulling images, added", () => {
    expect(kindSentence("requests", REQUESTS.bands, REQUESTS.phases)).toBe("etcd and the way to it added 79 % of the slowest 1 %, 6 % of the faster half");
    expect(kindSentence("pod_starts", PODS.bands, PODS.phases)).toBe("pulling images added 90 % of the slowest 1 %, 0 % of the faster half");
  });

  it("takes the bands that have rows", () => {
    expect(kindSentence("requests", REQUESTS.bands.slice(0, 2), REQUESTS.phases)).toBe("etcd and the way to it added 31 % of the next 45 %, 6 % of the faster half");
    expect(kindSentence("requests", REQUESTS.bands.slice(0, 1), REQUESTS.phases)).toBe("etcd and the way to it added 6 % of the time");
    expect(kindSentence("requests", [], REQUESTS.phases)).toBe("");
  });

  it("names what grows most, if anything does", () => {
    const phases = presentPhases(REQUESTS, "requests", LIGHT);
    expect(growthSentence(REQUESTS.bands, phases)).toBe("most growth: etcd, the operation itself, from 1.0 % to 60 %");
    const [first] = REQUESTS.bands;
    expect(growthSentence([first!, { ...first!, band: "above_p99" }], phases)).toBe("");
    expect(growthSentence([first!], phases)).toBe("");
  });

  it("sums kinds over bands, and has none without time", () => {
    const [etcd, webhooks, queue] = KINDS.requests;
    const shares = [etcd, webhooks, queue].map((kind) => kindShare(REQUESTS.bands, REQUESTS.phases, kind!) ?? 0);
    expect(shares.map((share) => Math.round(share * 100))).toEqual([45, 14, 2]);
    expect(kindShare([], REQUESTS.phases, etcd!)).toBeNull();
  });

  it("says where bands end", () => {
    const bounds = { p50: 7e6, p95: 41e6, p99: 182e6 };
    expect((["to_p50", "p50_to_p95", "p95_to_p99", "above_p99"] as const).map((band) => bandRange(band, bounds))).toEqual([
      "up to 7.00 ms",
      "7.00 ms – 41.0 ms",
      "41.0 ms – 182 ms",
      "above 182 ms",
    ]);
  });
});

describe("groups", () => {
  it("fall back to the first choice", () => {
    expect(groupingOf("requests", "k8s_user_agent").words).toBe("user agent");
    expect(groupingOf("pod_starts", "k8s_verb")).toBe(GROUPINGS.pod_starts[0]);
  });

  it("are filtered by where TraceQL knows them", () => {
    expect(groupClause(groupingOf("requests", "instance"), 'a"b')).toBe('resource.service.instance.id = "a\\"b"');
    expect(groupClause(groupingOf("requests", "k8s_verb"), null)).toBe("k8s:verb = nil");
    expect(groupClause(groupingOf("pod_starts", "zone"), "a")).toBeNull();
  });
});
