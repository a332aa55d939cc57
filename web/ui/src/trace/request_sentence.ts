// API requests in sentences: what was asked by whom, what it took, and the rest that is worth saying.
import type { ApiRequest, WebhookCall } from "../api/request";
import type { Trace } from "../api/trace";
import { formatBytes, formatCount, formatDuration, formatPercent, formatQuantity } from "../base/format";
import { etcdShare } from "./phases";
import { parentsOf } from "./sources";

/** "create pods web-0 in prod by kubelet: 61.2 ms, 201" */
export function requestSentence(request: ApiRequest): string {
  const resource = request.subresource === "" ? request.resource : `${request.resource}/${request.subresource}`;
  const words = [request.verb === "" ? "request for" : request.verb, resource === "" ? "an unknown resource" : resource];
  if (request.name !== "") words.push(request.name);
  if (request.namespace !== "") words.push("in", request.namespace);
  const caller = request.userAgent === null ? request.client : shortUserAgent(request.userAgent);
  if (caller !== null && caller !== "") words.push("by", caller);
  const outcome = [formatDuration(request.durationNs), request.code === null ? "no status code" : String(request.code)];
  if (request.dryRun) outcome.push("dry run");
  if (request.watch && request.verb !== "watch") outcome.push("watch");
  return `${words.join(" ")}: ${outcome.join(", ")}`;
}

/** The product of a User-Agent without its version, and of Kubernetes clients the part of the program that asks. */
export function shortUserAgent(userAgent: string): string {
  const product = /^[^/ ]*/.exec(userAgent.trimStart())?.[0] ?? "";
  const part = / kubernetes\/[^/]*\/([^ ]+)/.exec(userAgent)?.[1]?.split(":").at(-1) ?? "";
  return part === "" || part === product ? product : `${product}/${part}`;
}

export function etcdSentence(request: ApiRequest): string {
  const share = etcdShare(request);
  return share === 0 ? "no time went to etcd" : `etcd and the way to it took ${formatPercent(share)} of the request`;
}

export interface Fact {
  readonly label: string;
  readonly text: string;
}

const SOURCES: Readonly<Record<string, string>> = { cache: "watch cache", etcd: "etcd", both: "watch cache and etcd" };

/** What else is known of a request; what is not known or did not happen is left out. */
export function requestFacts(request: ApiRequest): readonly Fact[] {
  const facts: Fact[] = [{ label: "SLI duration", text: `${formatDuration(request.sliDurationNs)}, without webhooks and queue` }];
  const add = (label: string, text: string) => void facts.push({ label, text });
  const inside = request.phases.some(({ phase }) => phase === "authentication");
  if (request.authenticationNs !== null)
    add("authentication", `${formatDuration(request.authenticationNs)}, ${inside ? "part of the request" : "before the span"}`);
  if (request.conflicts > 0) add("conflicts", `update lost and tried again ${formatQuantity(request.conflicts, "time")}`);
  const data = dataText(request);
  if (data !== "") add("data from", data);
  const sizes = sizeText(request);
  if (sizes !== "") add("size", sizes);
  if (request.group !== "") add("API", `${request.group}/${request.version}`);
  if (request.client !== null && request.userAgent !== null) add("client", request.client);
  return facts;
}

function dataText({ dataSource, listedItems, returnedItems }: ApiRequest): string {
  const parts = [
    SOURCES[dataSource] ?? dataSource,
    listedItems === null ? "" : `${formatCount(listedItems)} listed`,
    returnedItems === null ? "" : `${formatCount(returnedItems)} returned`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function sizeText({ requestBytes, responseBytes }: ApiRequest): string {
  const parts = [
    requestBytes === null ? "" : `request ${formatBytes(requestBytes)}`,
    responseBytes === null ? "" : `response ${formatBytes(responseBytes)}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** "validating webhook policy.example.com of policy failed: no answer after 10.0 s" */
export function webhookFailure({ kind, name, configuration, durationNs }: WebhookCall): string {
  const words = [kind, "webhook", name, configuration === "" ? "" : `of ${configuration}`].filter((word) => word !== "");
  return `${words.join(" ")} failed: no answer after ${formatDuration(durationNs)}`;
}

/** The requests with the one first that the span is or lies in, and the others by duration; the longest first where there is no such span. */
export function orderRequests(trace: Trace, spanId: string | null): readonly ApiRequest[] {
  const byDuration = [...trace.requests].sort((a, b) => b.durationNs - a.durationNs);
  const ids = new Map(byDuration.map((request) => [request.spanId, request]));
  const parents = parentsOf(trace.spans);
  let at = trace.spans.findIndex((span) => span.spanId === spanId);
  while (at >= 0 && !ids.has(trace.spans[at]?.spanId ?? "")) at = parents[at] ?? -1;
  const first = ids.get(trace.spans[at]?.spanId ?? "");
  return first === undefined ? byDuration : [first, ...byDuration.filter((request) => request !== first)];
}
