// Ways to take a trace elsewhere: its id, a link to this view, OTLP JSON, the server's answer.
import { useEffect, useState } from "preact/hooks";
import type { Trace } from "../api/trace";
import { copyText } from "../widgets/copy_button";
import { DownloadIcon } from "../widgets/icons";
import { Menu } from "../widgets/menu";

const SAID_MS = 2500;

export interface TraceCopy {
  /** What was just done, or "". */
  readonly said: string;
  readonly copyLink: () => void;
  readonly copyOtlp: () => void;
  readonly copyId: () => void;
}

export function useTraceCopy(trace: Trace): TraceCopy {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => setSaid(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = (what: string, text: string) =>
    void copyText(text).then((copied) => setSaid(copied ? `${what} copied` : "the browser does not let this page copy"));
  return {
    said,
    copyLink: () => copy("link", window.location.href),
    copyOtlp: () =>
      void import("./otlp").then(
        ({ otlpJson }) => copy("OTLP JSON", otlpJson(trace)),
        () => setSaid("a part of this page could not be fetched"),
      ),
    copyId: () => copy("trace id", trace.traceId),
  };
}

export function CopyTrace({ copy, answerUrl }: { readonly copy: TraceCopy; readonly answerUrl: string }) {
  return (
    <span class="copy-trace">
      <Menu
        label="copy or download this trace"
        items={() => [
          { label: "copy link (y)", onChoose: copy.copyLink },
          { label: "copy trace id", onChoose: copy.copyId },
          { label: "copy as OTLP JSON", onChoose: copy.copyOtlp },
          { label: "open the server’s JSON", onChoose: () => void window.open(answerUrl, "_blank", "noopener") },
        ]}
      >
        <DownloadIcon />
      </Menu>
      <span class="muted" role="status">
        {copy.said}
      </span>
    </span>
  );
}
