// A tiny server for the browser test: the built page under a strict policy, and canned answers of the API.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { text } from "node:stream/consumers";
import { compareAnswer } from "./mock_compare.mjs";
import * as data from "./mock_data.mjs";
import { withAbove, withHeatmap } from "./mock_heatmap.mjs";
import { createLive } from "./mock_live.mjs";
import { createNotebooks } from "./mock_notebooks.mjs";
import { manyAnswer, oddTraces } from "./mock_odd_traces.mjs";
import { ledgerAnswer, parseAnswer } from "./mock_parse.mjs";
import { answerSlowly } from "./mock_progress.mjs";
import { FILES, queryAnswer } from "./mock_query.mjs";
import { ofRows, refusedLatency } from "./mock_rows.mjs";
import { optionsAnswer, sendersAnswer, setupAnswer } from "./mock_setup.mjs";
import { sharesAnswer } from "./mock_shares.mjs";
import { largeTraceAnswer, traceAnswer } from "./mock_trace.mjs";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types dompurify",
].join("; ");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** How many questions by POST were under way at once, at most, and how many nobody waited for to their end; counted here, where no browser tells of them late. */
const NO_COUNTS = { atOnce: 0, mostAtOnce: 0, leftAlone: 0 };
const NO_FAULTS = { ...NO_COUNTS, failNext: 0, failNextPost: 0, delayPostMs: 0, delayLatencyMs: 0, stallAt: null, info: {}, senders: sendersAnswer, token: null, empty: false, notebooks: "edit", live: "stream" };

/** Serves under `prefix`, to prove that the page's paths are relative. Resolves to the page's address and how to stop. */
export async function startMock(folder, prefix = "/under/a/prefix/") {
  const faults = { ...NO_FAULTS, asked: [], askedLatency: [] };
  const notebooks = createNotebooks(faults);
  const live = createLive();
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://mock");
    if (!url.pathname.startsWith(prefix)) return send(response, 404, "text/plain", "outside the prefix");
    const path = url.pathname.slice(prefix.length);
    if (/^api\/v1\/notebooks(\/|$)/.test(path)) return void answerNotebooks(request, response, notebooks, url);
    if (path === "api/v1/live" && faults.live === "stream" && faults.token === null) return live.open(response);
    if (request.method === "POST") return void answerPost(request, response, path, faults);
    if (path.startsWith("api/v1/")) return answer(request, response, path.slice(7), url.searchParams, faults);
    return serveFile(response, folder, path === "" ? "index.html" : path);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const reset = () => {
    Object.assign(faults, { ...NO_FAULTS, asked: [], askedLatency: [] });
    notebooks.clear();
  };
  return { url: `http://127.0.0.1:${server.address().port}${prefix}`, faults, notebooks, live, reset, stop: () => server.close() };
}

const HEADERS = { "content-security-policy": POLICY, "x-content-type-options": "nosniff", "cache-control": "no-store" };

function send(response, status, type, body) {
  response.writeHead(status, { ...HEADERS, "content-type": type });
  response.end(body);
}

const json = (response, status, body) => send(response, status, "application/json", JSON.stringify(body));
const refusal = (status, kind, message, position) => [status, { error: { kind, message, position } }];
const refuse = (response, ...why) => json(response, ...refusal(...why));

function answer(request, response, path, parameters, faults) {
  if (faults.token) return refuse(response, 401, "unauthenticated", "a token is needed");
  if (path === "info") return json(response, 200, { ...data.infoAnswer, ...faults.info });
  if (path === "senders") return json(response, 200, faults.senders());
  if (path === "setup/kubernetes") return setup(response, parameters);
  if (path === "ledger") return json(response, 200, ledgerAnswer);
  if (path === "attributes") return json(response, 200, data.attributesAnswer);
  if (/^attributes\/[^/]+\/values$/.test(path)) return json(response, 200, data.valuesAnswer);
  if (path === "latency") return latency(request, response, parameters, faults);
  const trace = /^traces\/([0-9a-f]{32})$/.exec(path);
  if (trace === null) return refuse(response, 404, "not_found", `no such path: ${path}`);
  if (trace[1] === "f".repeat(32)) return refuse(response, 404, "not_found", `no trace ${trace[1]}`);
  const odd = oddTraces.get(trace[1]);
  if (odd !== undefined) return json(response, 200, odd());
  const many = manyAnswer(trace[1]);
  if (many !== null) return json(response, 200, many);
  if (trace[1] === "e".repeat(32)) return json(response, 200, largeTraceAnswer(trace[1], 10_000));
  return json(response, 200, traceAnswer(trace[1]));
}

function setup(response, parameters) {
  if (parameters.size === 0) return json(response, 200, { options: optionsAnswer, setup: null });
  const endpoint = parameters.get("endpoint") ?? "";
  if (/^https?:/.test(endpoint)) return refuse(response, 400, "invalid", `endpoint: ${endpoint} has a scheme: write host:port alone`);
  json(response, 200, { options: optionsAnswer, setup: setupAnswer(parameters) });
}

async function answerNotebooks(request, response, notebooks, { pathname, searchParams }) {
  const { status, body } = await notebooks.handle(request, pathname.slice(pathname.indexOf("notebooks")), searchParams);
  if (body === null) return send(response, status, "application/json", "");
  json(response, status, body);
}

const POSTS = { "api/v1/compare": compareAnswer, "api/v1/shares": sharesAnswer };
/** Asked with every letter, and never delayed. */
const PARSE_PATH = "api/v1/parse";

async function answerPost(request, response, path, faults) {
  const question = JSON.parse(await text(request));
  if (path === "api/v1/session") return session(response, question, faults);
  if (faults.token) return refuse(response, 401, "unauthenticated", "a token is needed");
  if (path === PARSE_PATH) return json(response, 200, parseAnswer(question));
  faults.asked.push({ path, question });
  if (FILES[request.headers.accept] !== undefined && faults.failNextPost === 0) return sendFile(request, response);
  faults.mostAtOnce = Math.max(faults.mostAtOnce, ++faults.atOnce);
  await answerSlowly(request, response, { takesMs: faults.delayPostMs, headers: HEADERS, faults }, () => posted(path, question, faults));
  faults.atOnce--;
}

function posted(path, question, faults) {
  if (faults.failNextPost > 0) {
    faults.failNextPost--;
    return refusal(503, "unavailable", "there is no table requests yet: the server that writes here makes it");
  }
  if (path === "api/v1/query") return queryAnswer(question);
  const make = POSTS[path];
  return make === undefined ? refusal(404, "not_found", `no such path: ${path}`) : [200, make(question)];
}

function sendFile({ headers: { accept } }, response) {
  send(response, 200, accept, FILES[accept]);
}

/** A right token ends the fault. */
function session(response, { token }, faults) {
  if (token !== faults.token) return refuse(response, 401, "unauthenticated", "this token is not known");
  faults.token = null;
  return json(response, 200, {});
}

function latency(request, response, parameters, faults) {
  faults.askedLatency.push({ parameters, accept: request.headers.accept });
  const accept = request.headers.accept;
  // As the server does.
  const why = refusedLatency(parameters);
  if (why !== null) return refuse(response, 400, "invalid", why);
  if (FILES[accept] !== undefined) {
    const misplaced = ["explain", "heatmap", "total", "above"].find((name) => parameters.get(name) !== null);
    if (misplaced === undefined) return sendFile(request, response);
    return refuse(response, 400, "invalid", `${misplaced} has no place in ${accept}: ask for application/json`);
  }
  return answerSlowly(request, response, { takesMs: faults.delayLatencyMs, headers: HEADERS, faults }, () => latencyAnswer(parameters, faults));
}

function latencyAnswer(parameters, faults) {
  const filter = parameters.get("q") ?? "";
  if (faults.failNext > 0) {
    faults.failNext--;
    return refusal(503, "unavailable", "replaying the write-ahead log, 41 % done");
  }
  const wrong = filter.indexOf("=~~");
  if (wrong >= 0) {
    const offset = Buffer.byteLength(filter.slice(0, wrong));
    return refusal(400, "invalid", "expected a value after =~, found ~", { offset, length: 3 });
  }
  if (filter.includes("too-much")) {
    return refusal(413, "too_large", "the query needs more memory than query.memory allows: 512 MB; ask for a shorter time range, a larger step or fewer groups");
  }
  if (faults.empty) return [200, data.emptyLatencyAnswer()];
  if (filter.includes("nothing-matches")) return [200, parameters.get("start") === "now-7d" ? data.latencyAnswer([]) : data.emptyLatencyAnswer()];
  const above = parameters.get("above");
  // A rank is asked for without exemplars.
  if (above !== null && parameters.get("exemplars") === "0") return [200, data.rankAnswer(filter, above)];
  return [200, ofRows(fullLatency(parameters, faults.stallAt), parameters)];
}

/** What was asked for; where the question is one to another time, its slots are moved there. */
function fullLatency(parameters, stallAt) {
  const by = parameters.get("by");
  const all = data.latencyAnswer(by === null ? [] : by.split(","));
  const plain = stallAt === null ? all : data.stalledAt(all, stallAt);
  const above = (parameters.get("above") ?? "").split(",").filter((one) => one !== "");
  const told = above.length > 0 ? withAbove(plain, above) : plain;
  const answer = parameters.get("heatmap") === "true" ? withHeatmap(told) : told;
  const end = parameters.get("end") ?? "";
  return /^\d{19}$/.test(end) ? data.movedBy(answer, BigInt(end) - data.END_NS) : answer;
}

/** Files packed as the server sends them, so that what is measured over a slow network is what a reader waits for. */
async function serveFile(response, folder, path) {
  const file = join(folder, normalize(`/${path}`));
  try {
    const packed = await readFile(`${file}.br`);
    response.setHeader("content-encoding", "br");
    send(response, 200, TYPES[extname(file)] ?? "application/octet-stream", packed);
  } catch {
    send(response, 404, "text/plain", "no such file");
  }
}
