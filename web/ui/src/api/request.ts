// One API request as the trace answer tells it: who asked for what, and where each nanosecond of it went.
import type { Reader } from "../base/json";

export interface ApiRequest {
  /** The server span that is the request. */
  readonly spanId: string;
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly userAgent: string | null;
  readonly client: string | null;
  readonly code: number | null;
  readonly watch: boolean;
  readonly dryRun: boolean;
  readonly durationNs: number;
  /** Without admission webhooks and queueing, as Kubernetes measures it. */
  readonly sliDurationNs: number;
  readonly authenticationNs: number | null;
  /** Adds up to the duration exactly. */
  readonly phases: readonly PhaseTime[];
  readonly webhooks: readonly WebhookCall[];
  /** How often an update lost against another and was tried again. */
  readonly conflicts: number;
  /** "", "cache", "etcd" or "both". */
  readonly dataSource: string;
  readonly listedItems: number | null;
  readonly returnedItems: number | null;
  readonly requestBytes: number | null;
  readonly responseBytes: number | null;
  readonly complete: boolean;
  /** What did not arrive, in words. */
  readonly gaps: readonly string[];
}

export interface PhaseTime {
  /** As the server names it, such as etcd_wire. */
  readonly phase: string;
  readonly durationNs: number;
}

export interface WebhookCall {
  readonly name: string;
  readonly configuration: string;
  /** "mutating" or "validating". */
  readonly kind: string;
  readonly durationNs: number;
  /** The part of the duration that the request waited for. */
  readonly waitedNs: number;
  /** No answer came. */
  readonly failed: boolean;
}

const number = (reader: Reader) => reader.number();
const text = (reader: Reader) => reader.text();

export function readRequest(reader: Reader): ApiRequest {
  return {
    spanId: reader.at("span_id").text(),
    verb: reader.at("verb").text(),
    group: reader.at("group").text(),
    version: reader.at("version").text(),
    resource: reader.at("resource").text(),
    subresource: reader.at("subresource").text(),
    namespace: reader.at("namespace").text(),
    name: reader.at("name").text(),
    userAgent: reader.at("user_agent").optional(text),
    client: reader.at("client").optional(text),
    code: reader.at("code").optional(number),
    watch: reader.at("watch").flag(),
    dryRun: reader.at("dry_run").flag(),
    durationNs: reader.at("duration_ns").number(),
    sliDurationNs: reader.at("sli_duration_ns").number(),
    authenticationNs: reader.at("authentication_ns").optional(number),
    phases: reader.at("phases").list((phase) => ({ phase: phase.at("phase").text(), durationNs: phase.at("duration_ns").number() })),
    webhooks: reader.at("webhooks").list(readWebhook),
    conflicts: reader.at("conflicts").number(),
    dataSource: reader.at("data_source").text(),
    listedItems: reader.at("listed_items").optional(number),
    returnedItems: reader.at("returned_items").optional(number),
    requestBytes: reader.at("request_bytes").optional(number),
    responseBytes: reader.at("response_bytes").optional(number),
    complete: reader.at("complete").flag(),
    gaps: reader.at("gaps").list(text),
  };
}

function readWebhook(reader: Reader): WebhookCall {
  return {
    name: reader.at("name").text(),
    configuration: reader.at("configuration").text(),
    kind: reader.at("kind").text(),
    durationNs: reader.at("duration_ns").number(),
    waitedNs: reader.at("waited_ns").number(),
    failed: reader.at("failed").flag(),
  };
}
