//! How much of what a real control plane sent is recognised, and what is not, with the reason.

use std::collections::BTreeMap;
use std::path::Path;

use model::request::Excluded;
use model::vocabulary::{Recognition, Unrecognised, recognise, recognise_event};
use model::{Component, RequestRow};

use super::received::{Received, Receiver, Rows, rows, traces};
use model::trace::{TraceLimits, assemble};

/// What is known of some spans, and what is not.
#[derive(Debug, Default)]
struct Tally {
    spans: usize,
    /// Spans of a known component.
    components: usize,
    /// Spans of a known name, kind and scope.
    names: usize,
    events: usize,
    events_known: usize,
    /// Those that are not known, by reason, service and name.
    unknown: BTreeMap<(Unrecognised, String, String), usize>,
    events_unknown: BTreeMap<(String, String), usize>,
}

impl Tally {
    fn of(received: &[Received]) -> Self {
        let mut tally = Self::default();
        for one in received {
            let view = one.view();
            tally.spans += 1;
            tally.components += usize::from(Component::of(view) != Component::Other);
            match recognise(view) {
                Recognition::Known(_) => tally.names += 1,
                Recognition::Unknown(reason) => {
                    let service = view.resource_text("service.name").unwrap_or_default().to_owned();
                    *tally.unknown.entry((reason, service, view.span.name.to_string())).or_default() += 1;
                }
            }
            for event in &view.span.events {
                tally.events += 1;
                if recognise_event(view, event).is_some() {
                    tally.events_known += 1;
                } else {
                    let key = (view.span.name.to_string(), event.name.to_string());
                    *tally.events_unknown.entry(key).or_default() += 1;
                }
            }
        }
        tally
    }
}

/// Server spans of API servers that name a path under `/api` or `/apis`, by their raw attributes.
fn api_server_spans(received: &[Received]) -> usize {
    let is_under_api = |one: &&Received| {
        let view = one.view();
        let path = view.text("url.path").or_else(|| view.text("http.target")).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        view.span.kind == 2
            && view.resource_text("service.name") == Some("apiserver")
            && (path == "/api" || path == "/apis" || path.starts_with("/api/") || path.starts_with("/apis/"))
    };
    received.iter().filter(is_under_api).count()
}

/// How many of `rows` lie in traces of which every parent arrived, and how many of these are complete.
fn of_whole_traces(received: &[Received], rows: &Rows<'_>) -> (usize, usize) {
    let whole: Vec<_> = traces(received)
        .into_iter()
        .filter(|(_, spans)| {
            let trace = assemble(spans.iter().map(|one| one.view()), TraceLimits::default());
            trace.faults.orphans == 0
        })
        .map(|(id, _)| id)
        .collect();
    let of_whole: Vec<&RequestRow<'_>> =
        rows.requests.iter().filter(|row| whole.binary_search(&row.trace_id).is_ok()).collect();
    (of_whole.len(), of_whole.iter().filter(|row| row.is_complete()).count())
}

/// Counts, prints and holds what is recognised of the captures in `folder`.
fn assert_recognised(folder: &Path) {
    let received = Receiver::captures(folder);
    let tally = Tally::of(&received);
    let share = |part: usize, whole: usize| 100.0 * part as f64 / whole as f64;
    println!("{}: {} spans", folder.display(), tally.spans);
    println!("component known: {} = {:.3} %", tally.components, share(tally.components, tally.spans));
    println!("name known: {} = {:.3} %", tally.names, share(tally.names, tally.spans));
    println!("events known: {} of {}", tally.events_known, tally.events);
    println!("unknown: {:#?} {:#?}", tally.unknown, tally.events_unknown);
    // Two clients of their own trace themselves; they are no part of Kubernetes.
    for (reason, service, _) in tally.unknown.keys() {
        assert_eq!(*reason, Unrecognised::Component);
        assert!(matches!(service.as_str(), "deploy-bot" | "team-ci"), "{service}");
    }
    assert_eq!(tally.names, tally.components);
    assert!(share(tally.names, tally.spans) > 99.5);
    assert!(tally.events_known as f64 > 0.999 * tally.events as f64);

    let rows = rows(&received);
    let api = api_server_spans(&received);
    let complete = rows.requests.iter().filter(|row| row.is_complete()).count();
    let arrived = rows.requests.iter().filter(|row| !row.gaps.has_lost_spans()).count();
    let whole = of_whole_traces(&received, &rows);
    let joined = rows.requests.iter().filter(|row| row.authentication_ns.is_some()).count();
    println!("server spans under /api: {api}, rows: {}", rows.requests.len());
    println!("complete: {complete} = {:.3} %", share(complete, api));
    println!("of {arrived} without a sign of loss: {:.3} %", share(complete, arrived));
    println!("in whole traces: {} of {} = {:.3} %", whole.1, whole.0, share(whole.1, whole.0));
    println!("authentication known: {joined}, pod starts: {}", rows.pod_starts.len());
    for reason in Excluded::ALL {
        println!("excluded, {}: {}", reason.name(), rows.excluded.get(reason));
    }
    let mut gaps: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for row in &rows.requests {
        for gap in row.gaps.iter() {
            let what =
                format!("{} {}", row.keys.verb.name(), row.keys.resource.as_deref().unwrap_or_default());
            *gaps.entry((gap.name(), what)).or_default() += 1;
        }
    }
    println!("gaps: {gaps:#?}");
    assert_eq!(rows.requests.len(), api, "every one is a row");
    assert_eq!(rows.excluded.get(Excluded::PathUnknown) + rows.excluded.get(Excluded::NestedTooDeep), 0);
    assert!(share(complete, arrived) >= 99.5);
    assert!(share(whole.1, whole.0) >= 99.5);
    assert!(share(joined, api) >= 99.5);
}

#[test]
fn captured_spans_are_recognised_and_requests_become_complete_rows() {
    for slice in ["calm", "stall"] {
        assert_recognised(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/fixtures").join(slice));
    }
}
