// Canned answers for the set-up page: who sends, what can be chosen, and a guide of a few steps.
import { END_NS } from "./mock_data.mjs";

const SECOND = 1_000_000_000n;

export function sender(component, address, more = {}) {
  return {
    address,
    user_agent: "OTel OTLP Exporter Go/1.40.0",
    protocol: "grpc",
    component,
    tenant: null,
    first_seen: (END_NS - 3600n * SECOND).toString(),
    last_seen: (END_NS - 2n * SECOND).toString(),
    requests: 700,
    refused: 0,
    spans: 18_204,
    outcome: "ok",
    clock_offset_ms: 3,
    advice: "Nothing to do.",
    ...more,
  };
}

/** An API server that sends, by now: so many seconds after the first answer. */
export const sendersAnswer = (after = 0) => ({
  senders_max: 1000,
  now: (END_NS + BigInt(after) * SECOND).toString(),
  senders: [sender("apiserver", "10.0.0.1", { spans: 18_204 + 42 * after, last_seen: (END_NS + BigInt(after) * SECOND - 2n * SECOND).toString() })],
});

const managed = (name, components) => ({ name, is_managed: true, components });
const own = (name, components) => ({ name, is_managed: false, components });

export const optionsAnswer = {
  versions: ["1.32", "1.33", "1.34", "1.35", "1.36"],
  distributions: [own("kubeadm", ["apiserver", "etcd", "kubelet", "containerd", "crio"]), own("kind", ["apiserver", "etcd", "kubelet", "containerd"]), managed("eks", ["kubelet", "containerd"])],
};

function step(title, files, commands, more = {}) {
  return { title, why: `Why ${title} is set up in this way.`, machine: "every control-plane node, one after the other", files, commands, check: [`# see that ${title} sends`], roll_back: [`cp -a /etc/before/${title} /etc/`], ...more };
}

const file = (path, content) => ({ path, merge_into: null, mode: "0644", content });

export function setupAnswer(parameters) {
  const [version, endpoint, distribution] = ["version", "endpoint", "distribution"].map((name) => parameters.get(name));
  const rate = Number(parameters.get("sampling") ?? "1");
  const tracing = `apiVersion: apiserver.config.k8s.io/v1\nkind: TracingConfiguration\nendpoint: "${endpoint}"\nsamplingRatePerMillion: ${rate * 10_000}\n`;
  const steps = [
    step("See that the address can be reached", [], [`timeout 3 bash -c 'exec 3<>/dev/tcp/${endpoint.replace(":", "/")}' && echo "${endpoint} answers"`], { roll_back: [] }),
    step("kube-apiserver", [file("/etc/kubernetes/tracing/apiserver.yaml", tracing)], ["mkdir -p /etc/kubernetes/before-tracing", "kubectl patch --local -f /etc/kubernetes/manifests/kube-apiserver.yaml -o yaml --type=json --patch-file /etc/kubernetes/tracing/kube-apiserver-flags.json"]),
    step("etcd 3.6", [file("/etc/kubernetes/tracing/etcd-flags.json", `[{"op": "add", "value": "--distributed-tracing-address=${endpoint}"}]\n`)], ["mv etcd.yaml /etc/kubernetes/manifests"]),
    step("kubelet", [{ path: null, merge_into: "/var/lib/kubelet/config.yaml", mode: null, content: `tracing:\n  endpoint: ${endpoint}\n  samplingRatePerMillion: ${rate * 10_000}\n` }], ["systemctl restart kubelet"]),
    step("containerd", [file("/etc/containerd/conf.d/tracing.toml", `[plugins."io.containerd.internal.v1.tracing"]\n`)], ["systemctl restart containerd"]),
    step("CRI-O", [file("/etc/crio/crio.conf.d/tracing.conf", `[crio.tracing]\nenable_tracing = true\ntracing_endpoint = "${endpoint}"\n`)], ["systemctl restart crio"]),
  ];
  const wanted = parameters.get("components");
  return {
    kubernetes: version,
    distribution,
    endpoint,
    sampling_percent: String(rate),
    warnings: ["Keep no copy of a manifest in /etc/kubernetes/manifests: the kubelet would run it as well.", "etcd follows kube-apiserver: with its rate at the default of 0 it sends the spans of sampled API requests and nothing else."],
    advice: { text: "Estimates, with containerd.", estimates: [{ nodes: 100, spans_per_second_full: 1800, spans_per_second: 18, megabytes_per_day: 83, begin_with_percent: 100 }] },
    steps: distribution === "eks" ? steps.slice(0, 1) : steps.filter(({ title }) => title !== "CRI-O" || wanted?.includes("crio")),
  };
}
