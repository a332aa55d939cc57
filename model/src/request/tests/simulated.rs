//! The rows of simulated requests, beside what was planned of each.

use std::collections::HashMap;

use proto::{SpanId, TraceId};

use crate::simulator::{Fault, FaultKind, PlannedRequest, Scenario, Simulator, Truth};
use crate::trace::testing::{Owned, assembled, by_trace, decode};
use crate::{RequestRow, request_rows};

const SECOND: u64 = 1_000_000_000;

/// An exporter sends what it has every 5 s: so long after its end, all of a request has arrived.
const SETTLED_NS: u64 = 12 * SECOND;

/// Every version of Kubernetes that there is a profile of.
pub(super) const VERSIONS: [&str; 13] =
    ["1.25", "1.26", "1.27", "1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"];

/// The number after the point.
pub(super) fn minor(version: &str) -> u32 {
    version.strip_prefix("1.").unwrap().parse().unwrap()
}

/// What arrived, and the truth.
pub(super) struct Simulated {
    spans: Vec<Owned>,
    truth: Truth,
    until: u64,
}

impl Simulated {
    /// The first `seconds` of `scenario`.
    pub(super) fn run(scenario: &Scenario, seconds: u64) -> Self {
        let until = scenario.start_unix_nano + seconds * SECOND;
        let mut simulator = Simulator::new(scenario, 7).unwrap().acknowledging(2_000_000);
        let mut spans = Vec::new();
        while let Some(export) = simulator.next_until(until) {
            decode(&export.request, &mut spans);
        }
        Self { spans, truth: simulator.take_truth(), until }
    }

    /// Every row.
    pub(super) fn rows(&self) -> Vec<RequestRow<'_>> {
        let traces = by_trace(&self.spans);
        traces
            .values()
            .flat_map(|spans| request_rows(&assembled(spans.iter().copied()), |_| None).rows)
            .collect()
    }

    /// Every request under `/api` or `/apis` of which all that was sent has arrived, with its row, by number.
    pub(super) fn pairs(&self) -> Vec<(&PlannedRequest, RequestRow<'_>)> {
        let mut rows: HashMap<(TraceId, SpanId), RequestRow<'_>> =
            self.rows().into_iter().map(|row| ((row.trace_id, row.span_id), row)).collect();
        let has_arrived = |planned: &&PlannedRequest| {
            planned.complete && planned.start + planned.duration_ns + SETTLED_NS < self.until
        };
        let of_api = self.truth.requests.iter().filter(|planned| planned.path.starts_with("/api"));
        let mut pairs: Vec<_> = of_api
            .filter(has_arrived)
            .map(|planned| {
                let row = rows.remove(&(planned.trace_id, planned.server_span_id));
                (planned, row.unwrap_or_else(|| panic!("no row of {planned:#?}")))
            })
            .collect();
        pairs.sort_by_key(|(planned, _)| planned.number);
        pairs
    }
}

/// Six nodes and all of the usual traffic.
pub(super) fn usual(kubernetes: &str) -> Scenario {
    let small = Scenario::named("small").unwrap();
    Scenario { kubernetes: kubernetes.to_owned(), requests_per_s: 120.0, pod_starts_per_s: 1.0, ..small }
}

/// The same, when all sorts of things go wrong.
pub(super) fn troubled(kubernetes: &str) -> Scenario {
    let fault = |kind, name: &str, share, extra_ms| Fault {
        kind,
        from_s: 0.0,
        until_s: f64::MAX,
        share,
        extra_ms,
        index: 1,
        name: name.to_owned(),
        version: String::new(),
    };
    let faults = vec![
        fault(FaultKind::EtcdLeaderChange, "", 0.05, 30.0),
        fault(FaultKind::Encryption, "", 0.3, 4.0),
        fault(FaultKind::Overload, "", 0.2, 20.0),
        fault(FaultKind::WebhookTimeout, "scan.security.example.com", 0.1, 1_000.0),
        fault(FaultKind::WebhookFails, "defaults.platform.example.com", 0.1, 0.0),
        fault(FaultKind::UnlimitedLists, "", 0.5, 0.0),
        Fault { from_s: 10.0, until_s: 20.0, ..fault(FaultKind::ApiserverRestart, "", 0.0, 0.0) },
    ];
    Scenario { faults, ..usual(kubernetes) }
}

/// Little traffic, for runs so long that watches come to their end.
pub(super) fn quiet(kubernetes: &str) -> Scenario {
    Scenario { requests_per_s: 6.0, pod_starts_per_s: 0.05, ..usual(kubernetes) }
}

/// The three, each with how many seconds of it show all that it has.
pub(super) fn scenarios(kubernetes: &str) -> [(Scenario, u64); 3] {
    [(usual(kubernetes), 40), (troubled(kubernetes), 40), (quiet(kubernetes), 760)]
}
