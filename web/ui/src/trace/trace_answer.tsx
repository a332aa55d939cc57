// The answer that a trace begins with: where the time of its requests went, or of the whole where it has no request.
import { useState } from "preact/hooks";
import type { ApiRequest } from "../api/request";
import type { Trace } from "../api/trace";
import { visibleName } from "../base/foreign_text";
import { formatDuration, formatQuantity } from "../base/format";
import { palette } from "../base/theme";
import { Button } from "../widgets/button";
import { ByComponent } from "./by_component";
import { COMPONENT_NAMES } from "./component_legend";
import { componentParts } from "./phases";
import { RequestAnswer } from "./request_answer";
import { requestSentence } from "./request_sentence";
import { StackedBar } from "./stacked_bar";

interface TraceAnswerProps {
  readonly trace: Trace;
  /** In the order to show them. */
  readonly requests: readonly ApiRequest[];
}

/** The sentence above everything. */
export function answerHeading({ trace, requests: [first] }: TraceAnswerProps): string {
  if (first !== undefined) return requestSentence(first);
  const [root] = trace.spans;
  return root === undefined ? "a trace without spans" : `${root.name} by ${root.service}: ${formatDuration(root.durationNs)}`;
}

export function TraceAnswer({ trace, requests }: TraceAnswerProps) {
  const [first, ...others] = requests;
  return (
    <section class="trace-answer" aria-label="Where the time went" tabIndex={0}>
      {first === undefined ? <PathByComponent trace={trace} /> : <RequestAnswer request={first} />}
      <div class="answer-more" key={trace.traceId}>
        <ByComponent trace={trace} />
        {others.length > 0 && <OtherRequests requests={others} />}
      </div>
    </section>
  );
}

function PathByComponent({ trace }: { readonly trace: Trace }) {
  const parts = componentParts(trace, palette.value, COMPONENT_NAMES);
  return (
    <>
      <p class="muted">no API request in this trace{parts.length > 0 && "; its critical path by component:"}</p>
      {parts.length > 0 && <StackedBar label="Critical path by component" parts={parts} />}
    </>
  );
}

/** More than can be read at once come in pages. */
const REQUESTS_A_PAGE = 20;

function OtherRequests({ requests }: { readonly requests: readonly ApiRequest[] }) {
  const [open, setOpen] = useState(false);
  const [count, setCount] = useState(REQUESTS_A_PAGE);
  const left = requests.length - count;
  return (
    <details class="other-requests" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{formatQuantity(requests.length, "more API request")} in this trace</summary>
      {open && (
        <ul>
          {requests.slice(0, count).map((request) => (
            <li key={request.spanId}>
              <h3>
                <bdi>{visibleName(requestSentence(request), 600)}</bdi>
              </h3>
              <RequestAnswer request={request} />
            </li>
          ))}
        </ul>
      )}
      {open && left > 0 && (
        <Button onClick={() => setCount(count + REQUESTS_A_PAGE)}>Show {Math.min(left, REQUESTS_A_PAGE)} more</Button>
      )}
    </details>
  );
}
