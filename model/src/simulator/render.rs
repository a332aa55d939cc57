//! A planned request as the spans of a version: the server span, its filters, and who called.

mod cache;
mod call;
mod handler;
mod storage;
mod webhook;

use proto::otlp::Status;
use proto::{SpanId, TraceId, UnixNanos};

use super::attributes::{ServerCall, http_client, http_server};
use super::cluster::{ProcessId, Role, ZONES};
use super::plan::{Plan, Planner};
use super::profile::{Filters, Kubernetes};
use super::random::Random;
use super::span::{CLIENT, Draft, INTERNAL, Outbox, Parent, SERVER, STATUS_ERROR, STATUS_OK, ScopeName};
use super::truth::{Phase, Phases, PlannedRequest, PlannedWebhook};
use super::versions::Versions;

/// Port of an API server.
pub(crate) const APISERVER_PORT: u16 = 6443;

/// Where requests are rendered.
#[derive(Debug)]
pub(crate) struct Stage<'s> {
    pub(crate) planner: &'s Planner,
    pub(crate) versions: &'s Versions,
    pub(crate) outbox: &'s mut Outbox,
}

/// Whether Go's ratio sampler keeps `trace_id` at `rate` (opentelemetry-go `sdk/trace/sampling.go`).
pub(crate) fn sampled(trace_id: TraceId, rate: f64) -> bool {
    let fraction = (u128::from_be_bytes(trace_id.0) as u64) >> 1;
    rate >= 1.0 || fraction < (rate * 9_223_372_036_854_775_808.0) as u64
}

/// Writes the spans of one request.
struct Writer<'s, 'o> {
    planner: &'s Planner,
    versions: &'s Versions,
    outbox: &'o mut Outbox,
    plan: &'s Plan,
    kubernetes: &'s Kubernetes,
    process: ProcessId,
    revision: u8,
    skew_ns: i64,
    trace_id: TraceId,
    sampled: bool,
    server_span: SpanId,
    ids: Random,
    target: String,
    phases: Phases,
    webhooks: Vec<PlannedWebhook>,
    conflicts: u32,
    from_cache: bool,
    inner: Option<PlannedRequest>,
}

/// Sends the spans of `plan` and gives its truth, and that of the aggregated API server's part if it has one.
pub(crate) fn request(stage: &mut Stage<'_>, plan: &Plan) -> (PlannedRequest, Option<PlannedRequest>) {
    let planner = stage.planner;
    let role = if plan.aggregated { Role::Aggregated } else { Role::Apiserver(plan.apiserver) };
    let process = planner.cluster.process(role);
    let (kubernetes, revision) = stage.versions.kubernetes(&planner.cluster, process, plan.start);
    let child_of_caller = plan.request.privileged && kubernetes.privileged_child && plan.caller.is_some();
    let trace_id = match plan.caller {
        Some(caller) if child_of_caller => caller.trace_id,
        _ => plan.trace_id,
    };
    let lost_before = stage.outbox.lost;
    let mut writer = Writer {
        planner,
        versions: stage.versions,
        outbox: &mut *stage.outbox,
        plan,
        kubernetes,
        process,
        revision,
        skew_ns: planner.cluster.host(process).skew_ns,
        trace_id,
        sampled: sampled(trace_id, planner.scenario.sampling),
        server_span: plan.server_span_id,
        ids: Random::new(plan.seed),
        target: format!("{}{}", plan.request.path, plan.request.query),
        phases: Phases::default(),
        webhooks: Vec::new(),
        conflicts: 0,
        from_cache: false,
        inner: None,
    };
    let mut truth = writer.whole();
    let inner = writer.inner.take();
    truth.complete = stage.outbox.lost == lost_before;
    (truth, inner)
}

impl<'s> Writer<'s, '_> {
    fn id(&mut self) -> SpanId {
        SpanId(self.ids.span_id())
    }

    /// An internal span without attributes, to be changed as needed.
    fn draft<'a>(
        &self,
        scope: ScopeName,
        name: &'a str,
        id: SpanId,
        parent: Option<Parent>,
        (start, end): (UnixNanos, UnixNanos),
    ) -> Draft<'a> {
        Draft {
            process: self.process,
            scope,
            flags: self.kubernetes.flags,
            trace_id: self.trace_id,
            id,
            parent,
            name: name.into(),
            kind: INTERNAL,
            start,
            end,
            attributes: Vec::new(),
            events: Vec::new(),
            link: None,
            status: self.status(false, ""),
        }
    }

    /// What the version writes for success, or an error.
    fn status<'a>(&self, error: bool, message: &'a str) -> Status<'a> {
        let code = match (error, self.kubernetes.unset_is_ok) {
            (true, _) => STATUS_ERROR,
            (false, true) => STATUS_OK,
            (false, false) => 0,
        };
        Status { code, message: message.into() }
    }

    fn push(&mut self, draft: Draft<'_>) {
        if self.sampled {
            self.outbox.push(draft, self.skew_ns, self.revision);
        }
    }

    fn spend(&mut self, planned: Phase, shown: Phase, nanoseconds: u64) {
        self.phases.add(planned, shown, nanoseconds, (self.kubernetes, &self.versions.etcd));
    }

    fn whole(&mut self) -> PlannedRequest {
        let plan = self.plan;
        let received = plan.start + plan.authentication;
        let (server_end, server_start, answered) = match self.kubernetes.filters {
            Filters::Nested => {
                let answered = self.nested_filters(received);
                (answered, received, answered)
            }
            Filters::Truncated => {
                let answered = self.without_filter_spans(received);
                (received + plan.epilogue + plan.audit, received, answered)
            }
            Filters::Inside | Filters::None => {
                self.spend(Phase::Authentication, Phase::Authentication, plan.authentication);
                let answered = self.without_filter_spans(received);
                (answered, plan.start, answered)
            }
        };
        self.server(server_start, server_end);
        self.authentication(received, answered);
        self.caller(plan.start, answered);
        self.truth(server_start, server_end, answered)
    }

    /// From 1.34: each filter's span encloses all that follows. Gives the end of the server span.
    fn nested_filters(&mut self, received: UnixNanos) -> UnixNanos {
        let plan = self.plan;
        let impersonation = if self.kubernetes.constrained_impersonation {
            "constrainedimpersonation"
        } else {
            "impersonation"
        };
        let mut filters = vec![
            ("audit", Phase::Audit, plan.audit),
            (impersonation, Phase::Impersonation, plan.impersonation),
            ("priorityandfairness", Phase::PriorityAndFairness, plan.queue),
        ];
        if plan.request.code != 429 {
            filters.push(("authorization", Phase::Authorization, plan.authorization));
        }
        self.spend(Phase::Own, Phase::Own, 2 * plan.epilogue);
        let mut at = received + plan.epilogue;
        let mut parent = self.server_span;
        let mut open = Vec::with_capacity(4);
        for (name, phase, before) in filters {
            let id = self.id();
            if phase != Phase::Authorization {
                self.spend(phase, phase, before + plan.epilogue);
            }
            open.push((name, id, parent, at));
            at += before;
            parent = id;
        }
        let handled = self.handler(parent, at);
        at = handled.end;
        if plan.request.code != 429 {
            self.spend(Phase::Authorization, handled.authorization_before, plan.authorization);
            self.spend(Phase::Authorization, handled.authorization_after, plan.epilogue);
        }
        for (name, id, parent, start) in open.into_iter().rev() {
            at += plan.epilogue;
            let draft = self.draft(ScopeName::FilterLatency, name, id, Parent::local(parent), (start, at));
            self.push(draft);
        }
        at + plan.epilogue
    }

    /// Up to 1.33: the filters take their time but leave no span.
    fn without_filter_spans(&mut self, received: UnixNanos) -> UnixNanos {
        let plan = self.plan;
        let authorized = if plan.request.code == 429 { 0 } else { plan.authorization };
        let filters = if plan.request.code == 429 { 3 } else { 4 };
        self.spend(Phase::Own, Phase::Own, 2 * plan.epilogue);
        self.spend(Phase::Audit, Phase::Own, plan.audit + plan.epilogue);
        self.spend(Phase::Impersonation, Phase::Own, plan.impersonation + plan.epilogue);
        self.spend(Phase::PriorityAndFairness, Phase::Own, plan.queue + plan.epilogue);
        if filters == 4 {
            self.spend(Phase::Authorization, Phase::Own, authorized + plan.epilogue);
        }
        let at = received + plan.epilogue + plan.audit + plan.impersonation + plan.queue + authorized;
        self.handler(self.server_span, at).end + (filters + 1) * plan.epilogue
    }

    fn server(&mut self, start: UnixNanos, end: UnixNanos) {
        let plan = self.plan;
        let request = &plan.request;
        let name = match (self.kubernetes.template_names, request.template.is_empty()) {
            (false, _) => "KubernetesAPI".into(),
            (true, true) => request.method.into(),
            (true, false) => format!("{} {}", request.method, request.template),
        };
        let is_truncated = self.kubernetes.filters == Filters::Truncated;
        let host = &self.planner.cluster.host(self.process).address;
        let target = std::mem::take(&mut self.target);
        let call = ServerCall {
            method: request.method,
            host,
            port: APISERVER_PORT,
            peer: &request.client_address,
            peer_port: request.client_port,
            user_agent: request.user_agent,
            path: &request.path,
            target: &target,
            protocol: "2.0",
            audit_id: self.kubernetes.audit_id_on_server.then_some(request.audit_id.as_str()),
            request_bytes: request.request_bytes,
            response_bytes: request.response_bytes,
            code: (!is_truncated).then_some(request.code),
        };
        let errors_from = if self.kubernetes.client_errors_are_errors { 400 } else { 500 };
        let (parent, link) = self.above();
        let mut draft = self.draft(ScopeName::OtelHttp, "", self.server_span, parent, (start, end));
        draft.name = name.into();
        draft.kind = SERVER;
        draft.link = link;
        draft.attributes = http_server(self.kubernetes.http, self.planner.scenario.http_duplicated, &call);
        draft.status = self.status(!is_truncated && request.code >= errors_from, "");
        self.push(draft);
        self.target = target;
    }

    /// The server span's parent, and the link to a caller that is not trusted.
    fn above(&self) -> (Option<Parent>, Option<(TraceId, SpanId)>) {
        let privileged = self.plan.request.privileged && self.kubernetes.privileged_child;
        match self.plan.caller {
            Some(caller) if privileged => (Parent::remote(caller.span_id), None),
            Some(caller) if self.kubernetes.links => (None, Some((caller.trace_id, caller.span_id))),
            None if privileged && self.kubernetes.filters == Filters::Nested => {
                (Parent::local(self.authentication_id()), None)
            }
            _ => (None, None),
        }
    }

    fn authentication_id(&self) -> SpanId {
        SpanId((u64::from_be_bytes(self.server_span.0) ^ 0x5555_5555_5555_5554).max(1).to_be_bytes())
    }

    fn authentication(&mut self, received: UnixNanos, answered: UnixNanos) {
        let start = self.plan.start;
        let id = self.authentication_id();
        let (end, parent) = match self.kubernetes.filters {
            Filters::None => return,
            Filters::Inside => (received, Parent::local(self.server_span)),
            Filters::Truncated => (received, None),
            Filters::Nested => (answered + self.plan.epilogue, None),
        };
        let mut draft = self.draft(ScopeName::FilterLatency, "authentication", id, parent, (start, end));
        let is_root_of_request = self.above().0.is_some_and(|above| above.id == id);
        if parent.is_none() && !is_root_of_request {
            draft.trace_id = self.plan.orphan_trace_id;
            if sampled(draft.trace_id, self.planner.scenario.sampling) {
                self.outbox.push(draft, self.skew_ns, self.revision);
            }
        } else {
            self.push(draft);
        }
    }

    /// The client's own span.
    fn caller(&mut self, start: UnixNanos, answered: UnixNanos) {
        let Some(caller) = self.plan.caller else { return };
        if !sampled(caller.trace_id, self.planner.scenario.sampling) {
            return;
        }
        let cluster = &self.planner.cluster;
        let role = caller.node.map_or(Role::Apiserver(self.plan.apiserver), Role::Kubelet);
        let process = cluster.process(role);
        let (kubernetes, revision) = self.versions.kubernetes(cluster, process, start);
        let slow = caller.node.map_or(0, |node| {
            let zone = cluster.nodes[node as usize].zone;
            self.planner.faults.zone_ns(zone, start, &mut Random::new(self.plan.seed ^ 1)) / 20
        });
        let request = &self.plan.request;
        let host = &cluster.host(self.process).address;
        let url = format!("https://{host}:{APISERVER_PORT}{}", self.target);
        let times = (start - caller.network - slow, answered + caller.network + slow);
        let mut draft = self.draft(
            ScopeName::OtelHttp,
            client_name(kubernetes, request.method),
            caller.span_id,
            caller.inside.and_then(Parent::local),
            times,
        );
        draft.process = process;
        draft.flags = kubernetes.flags;
        draft.trace_id = caller.trace_id;
        draft.kind = CLIENT;
        draft.attributes =
            http_client(kubernetes.http, request.method, url, (host, APISERVER_PORT), Some(request.code));
        draft.status = self.status(request.code >= 400, "");
        let skew_ns = cluster.host(process).skew_ns;
        self.outbox.push(draft, skew_ns, revision);
    }

    /// The aggregated API server answers.
    fn aggregate(&mut self, handler: &mut handler::Handler<'_>) {
        let Some(inner) = &self.plan.inner else { return };
        let mut inner = Plan::clone(inner);
        let network = inner.caller.map_or(0, |caller| caller.network);
        inner.start = handler.at + network;
        // The aggregator's client has spans since 1.31, and with them sends a traceparent.
        let traced = self.kubernetes.template_names;
        inner.caller = inner.caller.filter(|_| traced).map(|caller| super::plan::Caller {
            trace_id: self.trace_id,
            inside: Some(handler.span),
            ..caller
        });
        let (planner, versions) = (self.planner, self.versions);
        let mut stage = Stage { planner, versions, outbox: &mut *self.outbox };
        let (truth, _) = request(&mut stage, &inner);
        let skew_ns = planner.cluster.aggregated.skew_ns;
        let answered = truth.start.saturating_add_signed(-skew_ns) + truth.duration_ns;
        let took = answered + network - handler.at;
        self.spend(Phase::Aggregation, if traced { Phase::Aggregation } else { Phase::Own }, took);
        handler.at += took;
        self.inner = Some(truth);
    }

    fn truth(&mut self, start: UnixNanos, end: UnixNanos, answered: UnixNanos) -> PlannedRequest {
        let request = &self.plan.request;
        let resource = request.resource.map(|index| &self.planner.catalog.resources[index]);
        let field = |of: fn(&super::catalog::Resource) -> &'static str| {
            resource.map_or(String::new(), |resource| of(resource).to_owned())
        };
        let cluster = &self.planner.cluster;
        let node = self.plan.caller.and_then(|caller| caller.node);
        PlannedRequest {
            number: self.plan.number,
            trace_id: self.trace_id,
            server_span_id: self.server_span,
            sampled: self.sampled,
            process: self.process,
            zone: ZONES[cluster.host(self.process).zone],
            node: node.map(|node| cluster.nodes[node as usize].name.clone()),
            kubernetes: self.kubernetes.version.clone(),
            verb: request.verb,
            method: request.method,
            path: request.path.clone(),
            target: std::mem::take(&mut self.target),
            group: field(|resource| resource.group),
            version: field(|resource| resource.version),
            resource: field(|resource| resource.resource),
            subresource: request.subresource.to_owned(),
            scope: request.scope(),
            namespace: request.namespace.clone(),
            name: request.name.clone(),
            user_agent: request.user_agent.to_owned(),
            client: request.client_address.clone(),
            code: request.code,
            watch: request.verb == "watch",
            start: start.saturating_add_signed(self.skew_ns),
            duration_ns: answered - start,
            server_span_ns: end - start,
            authentication_ns: self.plan.authentication,
            phases: self.phases.shown(),
            true_phases: self.phases.planned(),
            webhooks: std::mem::take(&mut self.webhooks),
            conflicts: self.conflicts,
            from_cache: self.from_cache,
            listed: request.listed,
            returned: request.returned,
            request_bytes: request.request_bytes,
            response_bytes: request.response_bytes,
            complete: true,
        }
    }
}

/// The name of an HTTP client span; otelhttp 0.20 gave the method alone.
pub(crate) fn client_name(kubernetes: &Kubernetes, method: &'static str) -> &'static str {
    match (kubernetes.internal_spans(), method) {
        (false, _) => method,
        (true, "GET") => "HTTP GET",
        (true, "POST") => "HTTP POST",
        (true, "PUT") => "HTTP PUT",
        (true, "PATCH") => "HTTP PATCH",
        (true, _) => "HTTP DELETE",
    }
}
