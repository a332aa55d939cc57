// GET /api/v1/live as the server has it: a watermark at once, further ones when a scenario says so, a comment every 15 s.

const COMMENT_MS = 15_000;

export function createLive() {
  const listeners = new Set();
  let version = 0;
  const event = () => `event: watermark\ndata: ${JSON.stringify({ version: `v${version}`, complete_to: null })}\n\n`;
  return {
    open(response) {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(event());
      listeners.add(response);
      const comments = setInterval(() => response.write(": still here\n\n"), COMMENT_MS);
      response.on("close", () => {
        clearInterval(comments);
        listeners.delete(response);
      });
    },
    /** New spans can be asked for. */
    tell() {
      version++;
      for (const response of listeners) response.write(event());
    },
    /** How many listen. */
    count: () => listeners.size,
  };
}
