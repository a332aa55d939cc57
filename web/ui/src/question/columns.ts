// The columns of the `spans` table that hold what TraceQL calls by a name: docs/formats.md, and the lists in model/src, which a test compares.

export type ColumnType = "text" | "int" | "bool";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

const words = (list: string): readonly string[] => list.split(" ");

const TEXTS = words(
  "audit-id http.target url.path url.full url.scheme url http.url http.request.method http.method user_agent.original http.user_agent " +
  "client.address network.peer.address network.protocol.version server.address error.type rpc.system.name rpc.system rpc.service rpc.method " +
  "rpc.response.status_code verb api-group api-version group resource subresource namespace name scope client user-agent accept protocol method " +
  "encoder type key continue webhook configuration operation range_begin range_end compare_first_key success_first_key success_first_type " +
  "k8s.namespace.name k8s.pod.name k8s.pod.uid k8s.pod container.id sandbox.id task.id process.id",
);
const INTEGERS = words(
  "http.response.status_code http.status_code http.request.body.size http.response.body.size network.peer.port server.port rpc.grpc.status_code " +
  "rpc.ttrpc.status_code limit rev success_first_lease compare_len success_len failure_len process.pid",
);
const FLAGS = words("count_only keys_only read_only");

/** Keys whose column is not called as the others are. */
const RENAMED: Readonly<Record<string, string>> = {
  mediaType: "span_media_type",
  resourceVersion: "span_resource_version",
  resourceVersionMatch: "span_resource_version_match",
  "resource-version": "span_resource_version_dashed",
};

const plainName = (key: string): string => `span_${key.replace(/[^A-Za-z0-9]/g, "_")}`;

function typed(keys: readonly string[], type: ColumnType): readonly (readonly [string, Column])[] {
  return keys.map((key) => [key, { name: RENAMED[key] ?? plainName(key), type }] as const);
}

/** Of span attributes by key. */
export const SPAN_COLUMNS: ReadonlyMap<string, Column> = new Map([
  ...typed([...TEXTS, ...Object.keys(RENAMED)], "text"),
  ...typed(INTEGERS, "int"),
  ...typed(FLAGS, "bool"),
]);

/** Of resource attributes by key; the others are kept in their encoded form alone. */
export const RESOURCE_COLUMNS: ReadonlyMap<string, Column> = new Map([
  ["service.name", { name: "service_name", type: "text" }],
  ["service.instance.id", { name: "resource_service_instance_id", type: "text" }],
  ["host.name", { name: "resource_host_name", type: "text" }],
  ["k8s.node.name", { name: "resource_k8s_node_name", type: "text" }],
  ["k8s.cluster.name", { name: "resource_k8s_cluster_name", type: "text" }],
  ["cloud.availability_zone", { name: "resource_cloud_availability_zone", type: "text" }],
]);

/** Of what is read out of a span, by the word after `k8s:`. */
export const DERIVED_COLUMNS: ReadonlyMap<string, Column> = new Map([
  ...derived("component verb group version resource subresource scope namespace user_agent rpc_code", "text"),
  ...derived("code", "int"),
  ...derived("watch probe", "bool"),
]);

function derived(keys: string, type: ColumnType): readonly (readonly [string, Column])[] {
  return words(keys).map((key) => [key, { name: `k8s_${key}`, type }] as const);
}
