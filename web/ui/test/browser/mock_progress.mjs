// Answers to questions that may be slow: as JSON, or as server-sent events that say how far the question is and end with the answer or an error.
const EVENT_STREAM = "text/event-stream";
const FIRST_MS = 500;
const EVERY_MS = 250;
const ROWS = 11_000_000;

/** A question that takes so long is answered by `make`, which gives status and body. What is there before the first event would be comes as JSON. */
export async function answerSlowly(request, response, { takesMs, headers, faults }, make) {
  const [status, body] = make();
  const isStream = request.headers.accept.includes(EVENT_STREAM) && takesMs >= FIRST_MS;
  if (isStream) response.writeHead(200, { ...headers, "content-type": EVENT_STREAM });
  const isWanted = await passed(response, takesMs, (elapsedMs) => isStream && response.write(event("progress", progressAt(elapsedMs, takesMs))));
  if (!isWanted) return void faults.leftAlone++;
  if (isStream) return void response.end(status === 200 ? event("answer", body) : event("error", { status, ...body }));
  response.writeHead(status, { ...headers, "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** How much there is to read is known from the second event on. */
function progressAt(elapsedMs, takesMs) {
  const part = Math.min(elapsedMs / takesMs, 1);
  const known = elapsedMs > FIRST_MS + EVERY_MS / 2 ? { percent: 100 * part, rows: ROWS } : { percent: null };
  return { elapsed_ms: elapsedMs, rows_read: Math.round(ROWS * part), bytes_read: Math.round(240e6 * part), ...known };
}

/** Waits, and tells of the time; false as soon as nobody waits any more. */
async function passed(response, takesMs, tell) {
  const started = Date.now();
  let isGone = false;
  response.once("close", () => (isGone = true));
  let next = FIRST_MS;
  while (!isGone && Date.now() - started < takesMs) {
    await new Promise((done) => setTimeout(done, Math.min(50, takesMs)));
    if (isGone || Date.now() - started < next) continue;
    tell(Date.now() - started);
    next += EVERY_MS;
  }
  return !isGone;
}
