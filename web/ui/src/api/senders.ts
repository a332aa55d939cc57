// GET /api/v1/senders: who sends spans, who tried to, and what to do about it.
import { getJson } from "../base/client";
import { readJson } from "../base/json";
import type { Result } from "../base/result";
import type { Nanos } from "../base/time";

export interface Senders {
  /** The server's clock. */
  readonly now: Nanos;
  readonly senders: readonly Sender[];
}

export interface Sender {
  readonly address: string;
  readonly userAgent: string;
  /** Null where it did not say, for instance because it never came so far. */
  readonly component: string | null;
  readonly lastSeen: Nanos;
  /** Since the server started. */
  readonly spans: number;
  /** "ok", or what went wrong last. */
  readonly outcome: string;
  /** One sentence. */
  readonly advice: string;
}

export async function fetchSenders(_: null, signal: AbortSignal): Promise<Result<Senders>> {
  return readJson(await getJson("api/v1/senders", {}, signal), (reader) => ({
    now: reader.at("now").nanos(),
    senders: reader.at("senders").list((sender) => ({
      address: sender.at("address").text(),
      userAgent: sender.at("user_agent").text(),
      component: sender.at("component").optional((component) => component.text()),
      lastSeen: sender.at("last_seen").nanos(),
      spans: sender.at("spans").number(),
      outcome: sender.at("outcome").text(),
      advice: sender.at("advice").text(),
    })),
  }));
}
