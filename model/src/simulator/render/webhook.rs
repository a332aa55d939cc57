//! Admission webhooks: a span for the call, and the HTTP client's below it.

use proto::otlp::Status;
use proto::{SpanId, UnixNanos};

use super::super::attributes::http_client;
use super::super::plan::{WebhookAnswer, WebhookCall};
use super::super::span::{CLIENT, Parent, STATUS_ERROR, ScopeName, event, text};
use super::super::truth::{Phase, PlannedWebhook};
use super::handler::Handler;
use super::{Writer, client_name};

impl Writer<'_, '_> {
    pub(super) fn mutating(&mut self, handler: &mut Handler<'_>, call: &WebhookCall) {
        self.webhook(handler.span, call, handler.at);
        let end = handler.at + call.total();
        self.spend_webhooks(Phase::MutatingWebhook, (handler.at, end), &[(handler.at, call)]);
        handler.at = end;
    }

    /// All at once: the slowest decides.
    pub(super) fn validating(&mut self, handler: &mut Handler<'_>, calls: &[WebhookCall]) {
        let starts = (0..).map(|index: u64| handler.at + 8_000 * index);
        let calls: Vec<_> = starts.zip(calls).collect();
        let mut end = handler.at;
        for (start, call) in &calls {
            self.webhook(handler.span, call, *start);
            end = end.max(start + call.total());
        }
        self.spend_webhooks(Phase::ValidatingWebhook, (handler.at, end), &calls);
        handler.at = end;
    }

    /// Calls that began in order of `calls` and were waited for from `start` to `end`. Without a span for the call, that
    /// of the HTTP client shows a part of it.
    fn spend_webhooks(
        &mut self,
        phase: Phase,
        (start, end): (UnixNanos, UnixNanos),
        calls: &[(UnixNanos, &WebhookCall)],
    ) {
        if self.kubernetes.internal_spans() {
            self.spend(phase, phase, end - start);
            return;
        }
        let mut times: Vec<_> =
            calls.iter().map(|(at, call)| (at + call.before, at + call.before + call.http)).collect();
        times.sort_unstable();
        let (mut shown, mut reached) = (0, start);
        for (from, to) in times {
            shown += to.saturating_sub(from.max(reached));
            reached = reached.max(to);
        }
        self.spend(phase, phase, shown);
        self.spend(phase, Phase::Own, end - start - shown);
    }

    fn webhook(&mut self, parent: SpanId, call: &WebhookCall, at: UnixNanos) {
        let webhook = &self.planner.scenario.webhooks[call.webhook];
        self.webhooks.push(PlannedWebhook {
            name: webhook.name.clone(),
            configuration: webhook.configuration.clone(),
            mutating: webhook.mutating,
            duration_ns: call.total(),
            completed: call.answer == WebhookAnswer::Allowed,
        });
        let request = &self.plan.request;
        let answered = at + call.before + call.http;
        let end = answered + call.after;
        let id = self.id();
        let spanned = self.kubernetes.internal_spans();
        if spanned {
            let name = if webhook.mutating { "Call mutating webhook" } else { "Call validating webhook" };
            let resource = request
                .resource
                .map_or("", |index| self.planner.catalog.resources[index].group_version_resource.as_str());
            let mut draft = self.draft(ScopeName::Tracing, name, id, Parent::local(parent), (at, end));
            draft.attributes = vec![
                text("configuration", webhook.configuration.as_str()),
                text("webhook", webhook.name.as_str()),
                text("resource", resource),
                text("subresource", request.subresource),
                text("operation", request.operation()),
                text("UID", call.uid.as_str()),
            ];
            if call.answer == WebhookAnswer::Allowed {
                draft.events.push(event(answered + (end - answered) / 2, "Request completed"));
                if webhook.mutating {
                    draft.events.push(event(end, "Patch applied"));
                }
            }
            self.push(draft);
        }
        self.webhook_client(if spanned { id } else { parent }, call, (at + call.before, answered));
    }

    fn webhook_client(&mut self, parent: SpanId, call: &WebhookCall, times: (UnixNanos, UnixNanos)) {
        let webhook = &self.planner.scenario.webhooks[call.webhook];
        let path = if webhook.mutating { "mutate" } else { "validate" };
        let host = format!("{}.webhooks.svc", webhook.configuration);
        let url = format!("https://{host}:443/{path}?timeout=10s");
        let (code, status) = match call.answer {
            WebhookAnswer::Allowed => (Some(200), self.status(false, "")),
            WebhookAnswer::Failed => (Some(500), self.status(true, "")),
            WebhookAnswer::TimedOut => {
                (None, Status { code: STATUS_ERROR, message: "context deadline exceeded".into() })
            }
        };
        let id = self.id();
        let name = client_name(self.kubernetes, "POST");
        let attributes = http_client(self.kubernetes.http, "POST", url, (&host, 443), code);
        let mut draft = self.draft(ScopeName::OtelHttp, name, id, Parent::local(parent), times);
        draft.kind = CLIENT;
        draft.attributes = attributes;
        draft.status = status;
        self.push(draft);
    }
}
