// GET /api/v1/live: the server's word that new spans can be asked for, as server-sent events.
import { readJson } from "../base/json";
import { success } from "../base/result";
import type { Nanos } from "../base/time";

export interface Watermark {
  /** Another one than before where there are new spans. */
  readonly version: string;
  /** Up to when everything that had arrived is there; null where that is not known. */
  readonly completeTo: Nanos | null;
}

export interface Heard {
  readonly onWatermark: (watermark: Watermark) => void;
  /** The stream is not there, or not at the moment: it is tried again where that may help. */
  readonly onLost: () => void;
}

const LIVE_PATH = "api/v1/live";

/** A browser tries again by itself, but where it was answered with a refusal: that may be a proxy's, while the server starts. */
const RETRY_MS = 60_000;

/** Listens until the returned function is called. */
export function listenLive({ onWatermark, onLost }: Heard): () => void {
  let source = open();
  let retry: ReturnType<typeof setTimeout> | undefined;

  function open(): EventSource {
    const opened = new EventSource(new URL(LIVE_PATH, document.baseURI));
    opened.addEventListener("watermark", ({ data }: MessageEvent<string>) => {
      const watermark = readWatermark(data);
      if (watermark !== null) onWatermark(watermark);
    });
    opened.addEventListener("error", () => {
      if (opened.readyState === EventSource.CLOSED) retry = setTimeout(() => (source = open()), RETRY_MS);
      onLost();
    });
    return opened;
  }

  return () => {
    clearTimeout(retry);
    source.close();
  };
}

/** Null where it is none. */
export function readWatermark(data: string): Watermark | null {
  const read = readJson(parsed(data), (reader) => ({
    version: reader.at("version").text(),
    completeTo: reader.at("complete_to").optional((time) => time.nanos()),
  }));
  return read.ok ? read.value : null;
}

function parsed(data: string) {
  try {
    return success<unknown>(JSON.parse(data));
  } catch {
    return success<unknown>(null);
  }
}
