// What somebody meets who has just started the server: what to paste where, and that it is seen here when it works.
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Setup, type SetupFile, fetchSetup, fetchSetupOptions } from "../api/setup";
import { createQuery } from "../base/query";
import { success } from "../base/result";
import { Button } from "../widgets/button";
import { Segmented } from "../widgets/segmented";
import { defaultEndpoint, isLocal } from "./choice";
import { ComponentList } from "./component_list";
import { EXPECTED, EXPECTED_NAMES, type ExpectedComponent } from "./component_state";
import { Code, File } from "./guide_view";
import "../style/setup.css";

/** Everything that can send, so that each has its part. */
const ALL = "apiserver,etcd,kubelet,containerd,crio";

export function EmptyInstall({ onRefresh }: { readonly onRefresh: () => void }) {
  const endpoint = defaultEndpoint(window.location.hostname);
  const query = useMemo(() => createQuery(newestSetup), []);
  const [component, setComponent] = useState<ExpectedComponent>("apiserver");
  useEffect(() => void query.run(endpoint), []);
  const { value, failure } = query.state.value;
  return (
    <div class="empty-install">
      <h2>No spans yet</h2>
      <p>
        This server is ready and has stored nothing so far. Kubernetes sends nothing by itself: its sampling rate is 0 until it is set. Paste what is below, or follow{" "}
        <a href="?v=setup">every step for your version and distribution</a>, with the way back. To look around first, start <code>tailplane serve --demo</code>.
      </p>
      {isLocal(endpoint) && (
        <p class="warning-text">
          This page was opened as {window.location.hostname}, so {endpoint} is written below: replace it by the address by which the cluster’s machines reach this server.
        </p>
      )}
      <div class="empty-columns">
        <section aria-labelledby="paste-title">
          <h3 id="paste-title">What to paste</h3>
          <Segmented
            label="Component"
            choices={EXPECTED.map((one) => ({ value: one, label: EXPECTED_NAMES[one] }))}
            isOn={(one) => one === component}
            onChoose={(one) => setComponent(EXPECTED.find((known) => known === one) ?? component)}
          />
          {component === "collector" ? (
            <Code label="Collector configuration" text={collectorText(endpoint)} />
          ) : (
            <Pasted files={value === null ? null : filesOf(value, component)} message={failure?.message ?? null} />
          )}
        </section>
        <section aria-labelledby="arrives-title">
          <h3 id="arrives-title">What has arrived</h3>
          <ComponentList possible={null} />
          <Button class="primary" onClick={onRefresh}>
            Look for spans now
          </Button>
        </section>
      </div>
    </div>
  );
}

interface PastedProps {
  /** Null while they are not known. */
  readonly files: readonly SetupFile[] | null;
  readonly message: string | null;
}

function Pasted({ files, message }: PastedProps) {
  if (files === null) return <p class="muted">{message === null ? "Asking for the files." : `The files could not be fetched: ${message}`}</p>;
  return (
    <>
      {files.map((file, place) => (
        <File key={place} file={file} />
      ))}
      <p class="muted">
        For the newest version with kubeadm. <a href="?v=setup">Commands, checks and the way back</a>
      </p>
    </>
  );
}

/** The set-up of a cluster of the newest version made by kubeadm, 1 % sampled. */
async function newestSetup(endpoint: string, signal: AbortSignal) {
  const options = await fetchSetupOptions(null, signal);
  if (!options.ok) return options;
  const version = options.value.versions.at(-1) ?? "";
  const setup = await fetchSetup({ version, distribution: "kubeadm", endpoint, sampling: "1", components: ALL, cluster: "", tls: false, token: false }, signal);
  return setup.ok ? success(setup.value) : setup;
}

const TITLES: Readonly<Record<Exclude<ExpectedComponent, "collector">, RegExp>> = {
  apiserver: /^kube-apiserver/,
  etcd: /^etcd/,
  kubelet: /^kubelet/,
  containerd: /^containerd/,
  crio: /^CRI-O/,
};

/** The files of the step that is about a component. */
export function filesOf({ steps }: Setup, component: Exclude<ExpectedComponent, "collector">): readonly SetupFile[] {
  return steps.find(({ title }) => TITLES[component].test(title))?.files ?? [];
}

/** One that answers its senders at once: deploy/collector says how to keep what it holds through restarts. */
function collectorText(endpoint: string): string {
  return `receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 127.0.0.1:4317
      http:
        endpoint: 127.0.0.1:4318
exporters:
  otlp:
    endpoint: ${endpoint}
    compression: gzip
    tls:
      insecure: true
service:
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [otlp]
`;
}
