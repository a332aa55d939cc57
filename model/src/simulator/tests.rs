//! The simulator against the captures, tables typed from the reference, and itself.

mod captures;
mod load;
mod oracle;
mod phases;
mod profiles;
mod scenarios;
mod streams;

use proto::otlp::{DecodeLimits, Resource, Scope, Span, SpanSink, decode_request};

use super::*;

const SECOND: u64 = 1_000_000_000;

/// A span with what it came in.
#[derive(Debug, Clone)]
struct Received {
    process: ProcessId,
    resource: Resource<'static>,
    scope: Scope<'static>,
    span: Span<'static>,
}

#[derive(Default)]
struct Sink {
    process: ProcessId,
    resource: Resource<'static>,
    scope: Scope<'static>,
    received: Vec<Received>,
}

impl Default for ProcessId {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl SpanSink for Sink {
    fn resource(&mut self, resource: &Resource<'_>) {
        self.resource = resource.clone().into_owned();
    }

    fn scope(&mut self, scope: &Scope<'_>) {
        self.scope = scope.clone().into_owned();
    }

    fn span(&mut self, span: &Span<'_>) {
        self.received.push(Received {
            process: self.process,
            resource: self.resource.clone(),
            scope: self.scope.clone(),
            span: span.clone().into_owned(),
        });
    }
}

fn decode(request: &[u8], sink: &mut Sink) {
    let summary = decode_request(request, &DecodeLimits::default(), sink).unwrap();
    assert_eq!(summary.repaired_strings, 0);
}

/// All that arrives in the first `seconds`, and the truth.
fn run(scenario: &Scenario, seconds: u64) -> (Vec<Received>, Truth) {
    let mut simulator = Simulator::new(scenario, 7).unwrap().acknowledging(2_000_000);
    let mut sink = Sink::default();
    while let Some(export) = simulator.next_until(scenario.start_unix_nano + seconds * SECOND) {
        sink.process = export.process;
        decode(&export.request, &mut sink);
    }
    assert_eq!(simulator.losses(), Losses::default());
    (sink.received, simulator.take_truth())
}

fn small(kubernetes: &str) -> Scenario {
    Scenario {
        kubernetes: kubernetes.to_owned(),
        requests_per_s: 120.0,
        pod_starts_per_s: 0.5,
        ..Scenario::named("small").unwrap()
    }
}

fn fault(kind: FaultKind, share: f64, extra_ms: f64) -> Fault {
    Fault {
        kind,
        from_s: 0.0,
        until_s: f64::MAX,
        share,
        extra_ms,
        index: 0,
        name: String::new(),
        version: String::new(),
    }
}

fn service(received: &Received) -> &str {
    received.resource.string("service.name").unwrap_or_default()
}
