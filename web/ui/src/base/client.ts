// One request of the JSON API: cancellable, relative to the page so that any URL prefix works, failures told apart by kind.
import { signal as reactive } from "@preact/signals";
import { EVENT_STREAM, type OnProgress, readAnswerStream } from "./answer_stream";
import { type FailureKind, type Result, failure, success } from "./result";

/** A parameter may be given several times; one that is undefined is left out. */
export type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Whether an answer said that nobody knows who asks. */
export const loginWanted = reactive(false);

/** One GET of the JSON API; with `onProgress` a server that can tell how far it is does so. */
export async function getJson(path: string, parameters: Parameters, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<unknown>> {
  return ask(urlOf(path, parameters), { signal, headers: { accept: acceptOf(onProgress) } }, signal, onProgress);
}

function urlOf(path: string, parameters: Parameters): URL {
  const url = new URL(path, document.baseURI);
  for (const [key, value] of parameterList(parameters)) url.searchParams.append(key, value);
  return url;
}

/** With both, what is quickly answered comes as JSON all the same. */
function acceptOf(onProgress: OnProgress | undefined): string {
  return onProgress === undefined ? "application/json" : `${EVENT_STREAM}, application/json`;
}

/** Parameters one by one. */
export function parameterList(parameters: Parameters): readonly (readonly [key: string, value: string])[] {
  return Object.entries(parameters).flatMap(([key, value = []]) => [value].flat().map((one) => [key, one] as const));
}

/** One POST of the JSON API; with `onProgress` as above. */
export async function postJson(path: string, body: unknown, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<unknown>> {
  const headers = { accept: acceptOf(onProgress), "content-type": "application/json" };
  return ask(new URL(path, document.baseURI), { method: "POST", signal, headers, body: JSON.stringify(body) }, signal, onProgress);
}

/** One GET whose answer is a file of a media type. */
export async function getForBlob(path: string, parameters: Parameters, accept: string, signal: AbortSignal): Promise<Result<Blob>> {
  return asked(urlOf(path, parameters), { signal, headers: { accept } }, signal, (response) => fileOf(response, accept));
}

/** The same by POST. */
export async function postForBlob(path: string, body: unknown, accept: string, signal: AbortSignal): Promise<Result<Blob>> {
  const headers = { accept, "content-type": "application/json" };
  const request = { method: "POST", signal, headers, body: JSON.stringify(body) };
  return asked(new URL(path, document.baseURI), request, signal, (response) => fileOf(response, accept));
}

/** An older server answers as JSON what it has no file of. */
async function fileOf(response: Response, accept: string): Promise<Result<Blob>> {
  const type = response.headers.get("content-type") ?? "";
  return type.startsWith(accept) ? success(await response.blob()) : failure("malformed", `the server gives no ${accept} of this`);
}

/** One request with a body. `ifMatch` is the revision that it changes; another one there is a failure of kind "conflict". */
export async function sendJson(
  method: "POST" | "PUT",
  path: string,
  body: unknown,
  ifMatch: number | null,
  signal: AbortSignal,
): Promise<Result<unknown>> {
  const headers = { accept: "application/json", "content-type": "application/json" };
  const matching = ifMatch === null ? headers : { ...headers, "if-match": `"${ifMatch}"` };
  return ask(new URL(path, document.baseURI), { method, signal, headers: matching, body: JSON.stringify(body) }, signal);
}

/** One DELETE, whose answer may have no body. */
export async function deleteJson(path: string, signal: AbortSignal): Promise<Result<unknown>> {
  return ask(new URL(path, document.baseURI), { method: "DELETE", signal }, signal);
}

async function ask(url: URL, request: RequestInit, signal: AbortSignal, onProgress: OnProgress = () => undefined): Promise<Result<unknown>> {
  return asked(url, request, signal, async (response) => {
    const isStream = response.headers.get("content-type")?.startsWith(EVENT_STREAM) === true;
    return isStream && response.body !== null ? fromStream(response.body, onProgress) : parseBody(await response.text());
  });
}

async function fromStream(body: ReadableStream<Uint8Array>, onProgress: OnProgress): Promise<Result<unknown>> {
  const last = await readAnswerStream(body, onProgress);
  if (last === null) return failure("network", "the answer broke off before its end");
  const said = parseBody(last.data);
  if (last.name === "answer" || !said.ok) return said;
  return failureOf((said.value as { status?: number } | null)?.status ?? 500, said);
}

async function asked<Value>(
  url: URL,
  request: RequestInit,
  signal: AbortSignal,
  read: (response: Response) => Promise<Result<Value>>,
): Promise<Result<Value>> {
  try {
    const response = await fetch(url, request);
    if (response.status === 401) loginWanted.value = true;
    return response.ok ? await read(response) : failureOf(response.status, parseBody(await response.text()));
  } catch (error) {
    if (signal.aborted) return failure("cancelled", "the request was cancelled");
    return failure("network", `no answer: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseBody(body: string): Result<unknown> {
  if (body === "") return success(null);
  try {
    return success(JSON.parse(body));
  } catch {
    return failure("malformed", "the server's answer is not JSON");
  }
}

function kindOf(status: number): FailureKind {
  if (status === 401) return "unauthenticated";
  if (status === 404) return "not_found";
  if (status === 409 || status === 412) return "conflict";
  if (status === 429 || status === 503) return "unavailable";
  if (status === 413 || status === 504) return "limit";
  if (status === 400 || status === 422) return "invalid";
  return status >= 400 && status < 500 ? "refused" : "server";
}

function failureOf(status: number, parsed: Result<unknown>): Result<never> {
  const kind = kindOf(status);
  const error = parsed.ok ? (parsed.value as { error?: ErrorBody } | null)?.error : undefined;
  if (typeof error?.message !== "string") return failure(kind, `the server answered with status ${status}`);
  const { offset, length } = error.position ?? {};
  if (kind === "conflict") return { ok: false, failure: { kind, message: error.message, answer: parsed.ok ? parsed.value : null } };
  const known = typeof offset === "number" && typeof length === "number";
  return known ? failure(kind, error.message, { offset, length }) : failure(kind, error.message);
}

interface ErrorBody {
  readonly message?: unknown;
  readonly position?: { readonly offset?: unknown; readonly length?: unknown };
}
