//! Drawing a request: client, object, code, and the lengths of its filters.

use proto::{SpanId, TraceId, UnixNanos};

use super::super::Scenario;
use super::super::catalog::{Catalog, Kind, Origin, Read};
use super::super::cluster::Cluster;
use super::super::faults::Faults;
use super::super::random::{Random, mix};
use super::address::{self, PodContext};
use super::{Caller, Plan, Request, Step, steps};

/// Plans requests. Holds nothing that changes: a request is a function of its number.
#[derive(Debug)]
pub(crate) struct Planner {
    pub(crate) scenario: Scenario,
    pub(crate) catalog: Catalog,
    pub(crate) cluster: Cluster,
    pub(crate) faults: Faults,
    seed: u64,
}

impl Planner {
    pub(crate) fn new(scenario: Scenario, catalog: Catalog, cluster: Cluster, seed: u64) -> Self {
        Self { faults: Faults::new(&scenario), scenario, catalog, cluster, seed }
    }

    /// Request `number`: kind `kind` at `at`, from `node` when nodes ask, about `pod` if it is about one.
    pub(crate) fn plan(
        &self,
        number: u64,
        kind_index: usize,
        at: UnixNanos,
        (node, pod): (u32, Option<&PodContext>),
    ) -> Plan {
        let mut random = Random::new(mix(self.seed) ^ mix(number));
        let kind = &self.catalog.kinds[kind_index];
        let apiserver = self.faults.apiserver(at, self.cluster.control_planes.len() as u32, &mut random);
        let request = self.request(kind_index, (node, pod), (apiserver, at), &mut random);
        let caller = self.caller(kind, node, &mut random);
        let mut plan = Plan {
            number,
            seed: random.next(),
            trace_id: TraceId(random.trace_id()),
            server_span_id: SpanId(random.span_id()),
            orphan_trace_id: TraceId(random.trace_id()),
            caller,
            apiserver,
            aggregated: false,
            inner: None,
            start: at,
            authentication: random.duration(90_000),
            audit: random.duration(6_000),
            impersonation: random.duration(4_000),
            queue: random.duration(60_000) + self.faults.queue_ns(at, &mut random),
            authorization: random.duration(80_000),
            handler: random.duration(70_000),
            epilogue: random.duration(4_000),
            request,
            steps: Vec::new(),
        };
        plan.steps = match plan.request.code {
            // Refused without a body that is encoded.
            429 => Vec::new(),
            403 => vec![steps::refusal(&mut random)],
            503 => vec![Step::Own(random.duration(50_000)), steps::refusal(&mut random)],
            _ => steps::of(self, kind, &plan.request, at, &mut random),
        };
        if plan.steps.iter().any(|step| matches!(step, Step::Aggregate)) {
            plan.inner = Some(Box::new(aggregated(&plan, &mut random)));
        }
        // A webhook that fails with policy Fail makes the request fail.
        if steps::failed_webhook(&plan.steps) {
            plan.request.code = 500;
            plan.steps = steps::cut_at_failure(plan.steps, &mut random);
        }
        plan
    }

    fn caller(&self, kind: &Kind, node: u32, random: &mut Random) -> Option<Caller> {
        let client = &self.catalog.clients[kind.client];
        let (trace_id, span_id) = (TraceId(random.trace_id()), SpanId(random.span_id()));
        let network = random.duration(300_000);
        let at_node = client.origin == Origin::Node;
        let node = at_node.then_some(node);
        client.traced.then_some(Caller { trace_id, span_id, node, network, inside: None })
    }

    fn request(
        &self,
        kind_index: usize,
        about: (u32, Option<&PodContext>),
        (apiserver, at): (u32, UnixNanos),
        random: &mut Random,
    ) -> Request {
        let kind = &self.catalog.kinds[kind_index];
        let client = &self.catalog.clients[kind.client];
        let (namespace, name) = address::object(kind, client, &self.cluster, about, random);
        let (path, template) = address::path(kind, &self.catalog, &namespace, &name);
        let cached = kind.read == Read::Cache;
        let watch_list = kind.verb == "watch" && cached && random.chance(0.2);
        let timeout_s = 300 + random.below(300);
        let query = address::query(kind, timeout_s, watch_list, random);
        let (client_address, client_port) =
            address::client_address(client, &self.cluster, about.0, apiserver, random);
        let code = self.code(kind, apiserver, at, random);
        let size = |bytes: u64, random: &mut Random| bytes * (75 + random.below(50)) / 100;
        let fails = code >= 400;
        Request {
            verb: kind.verb,
            method: address::method(kind.verb),
            resource: kind.resource,
            subresource: if kind.resource.is_some() { kind.subresource } else { "" },
            namespace,
            name,
            path,
            template,
            query,
            read: kind.read,
            user_agent: client.user_agent,
            privileged: client.privileged,
            client_address,
            client_port,
            audit_id: random.uuid(),
            code,
            request_bytes: size(kind.request_bytes, random),
            response_bytes: if fails { 200 + random.below(150) } else { size(kind.response_bytes, random) },
            listed: if fails { 0 } else { kind.listed },
            returned: if fails { 0 } else { kind.returned },
            watch_list,
        }
    }

    fn code(&self, kind: &Kind, apiserver: u32, at: UnixNanos, random: &mut Random) -> u16 {
        let chance = random.unit();
        if let Some(code) = self.faults.code(apiserver, at, kind.verb, random) {
            return code;
        }
        let mut below = 0.0;
        for (code, share) in &kind.codes {
            below += share;
            if chance < below {
                return *code;
            }
        }
        if kind.verb == "create" { 201 } else { 200 }
    }
}

/// What the aggregated API server does for `outer`: a request of its own, with filters of its own.
fn aggregated(outer: &Plan, random: &mut Random) -> Plan {
    Plan {
        number: outer.number | 1 << 63,
        seed: random.next(),
        trace_id: TraceId(random.trace_id()),
        server_span_id: SpanId(random.span_id()),
        orphan_trace_id: TraceId(random.trace_id()),
        caller: Some(Caller {
            trace_id: outer.trace_id,
            span_id: SpanId(random.span_id()),
            node: None,
            network: random.duration(300_000),
            inside: None,
        }),
        aggregated: true,
        authentication: random.duration(400_000),
        audit: random.duration(6_000),
        impersonation: random.duration(4_000),
        queue: random.duration(60_000),
        authorization: random.duration(500_000),
        handler: random.duration(70_000),
        epilogue: random.duration(4_000),
        steps: vec![Step::Own(random.duration(4_000_000)), steps::refusal(random)],
        ..outer.clone()
    }
}
