// Where the time of one API request went, and what else there is to say of it.
import type { ApiRequest } from "../api/request";
import { visibleName } from "../base/foreign_text";
import { palette } from "../base/theme";
import { phaseParts } from "./phases";
import { etcdSentence, requestFacts, webhookFailure } from "./request_sentence";
import { StackedBar } from "./stacked_bar";

export function RequestAnswer({ request }: { readonly request: ApiRequest }) {
  return (
    <div class="request-answer">
      <p class="etcd-sentence">{etcdSentence(request)}</p>
      <StackedBar label="Where the time went" parts={phaseParts(request, palette.value)} />
      {request.webhooks
        .filter((webhook) => webhook.failed)
        .map((webhook, index) => (
          <p key={index} class="error-text">
            {visibleName(webhookFailure(webhook), 600)}
          </p>
        ))}
      <dl class="facts">
        {requestFacts(request).map(({ label, text }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <bdi>{visibleName(text, 600)}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      {!request.complete && <p class="muted">not all of this request is known: {visibleName(request.gaps.join("; "), 600)}</p>}
    </div>
  );
}
