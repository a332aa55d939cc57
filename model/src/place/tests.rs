//! On the captures: one node, whose kubelet alone says so.

use std::collections::{BTreeMap, BTreeSet};

use super::testing::{Sent, fixture, kubelet};
use super::{Arrived, Hint, How, Instances, PeerRefusal, Place, Places};
use crate::{Component, SpanView};

const APISERVER: &str = "apiserver-wlv32tlttr4jl3gtroqexyxapa";

fn traces(spans: &[Sent]) -> Vec<Vec<Arrived<'_>>> {
    let mut traces: BTreeMap<_, Vec<Arrived<'_>>> = BTreeMap::new();
    spans.iter().for_each(|span| traces.entry(span.span.trace_id).or_default().push(span.arrived()));
    traces.into_values().collect()
}

fn learn(traces: &[Vec<Arrived<'_>>]) -> Instances {
    let mut instances = Instances::default();
    for trace in traces {
        trace.iter().for_each(|span| instances.observe(span.view, span.peer_address, span.arrival));
        instances.observe_trace(trace);
    }
    instances
}

fn placed<'a>(places: &Places<'_>, traces: &[Vec<Arrived<'a>>]) -> Vec<(SpanView<'a>, Place)> {
    let placed = |trace: &Vec<Arrived<'a>>| {
        let views: Vec<SpanView<'a>> = trace.iter().map(|span| span.view).collect();
        views.into_iter().zip(places.places_in_trace(trace)).collect::<Vec<_>>()
    };
    traces.iter().flat_map(placed).collect()
}

fn is_hint_due(component: Component, hint: &Hint) -> bool {
    match component {
        Component::Apiserver => {
            *hint == Hint::ApiserverHostUnseen { id: APISERVER.to_owned(), has_node_file: false }
        }
        Component::Containerd => *hint == Hint::RuntimeWithoutKubelet { peer: PeerRefusal::Unrecorded },
        _ => *hint == Hint::NoNode { peer: PeerRefusal::Unrecorded },
    }
}

/// Without peer addresses, which a capture file does not hold.
#[test]
fn the_node_is_known_of_the_kubelet_and_of_what_it_calls_and_nothing_else() {
    for (slice, expected) in [("calm", [762, 1_713, 30_648]), ("stall", [371, 1_243, 29_916])] {
        let spans = fixture(slice);
        let kubelet_traces: BTreeSet<_> = spans
            .iter()
            .filter(|span| Component::of(span.view()) == Component::Kubelet)
            .map(|span| span.span.trace_id)
            .collect();
        let traces = traces(&spans);
        let mut counted = [0; 3];
        for (view, place) in placed(&learn(&traces).places(None), &traces) {
            let component = Component::of(view);
            let in_kubelet_trace = kubelet_traces.contains(&view.span.trace_id);
            let (kind, how) = match component {
                Component::Kubelet => (0, Some(How::HostName)),
                Component::Containerd if in_kubelet_trace => (1, Some(How::ParentKubelet)),
                _ => (2, None),
            };
            counted[kind] += 1;
            assert_eq!(place.node.how(), how, "{component} {}", view.span.name);
            match place.node.hint() {
                Some(hint) => assert!(is_hint_due(component, hint), "{component}: {hint}"),
                None => assert_eq!(place.node.value().unwrap(), "node-real"),
            }
            assert_eq!(place.conflicts, []);
            assert_eq!(
                (place.zone.hint(), place.cluster.hint()),
                (Some(&Hint::NoZone), Some(&Hint::NoCluster))
            );
        }
        assert_eq!(counted, expected, "{slice}");
    }
}

/// The API server ran on host `vm`, beside a kubelet that was told to call itself `node-real`.
#[test]
fn the_apiserver_is_found_once_its_host_is_seen() {
    let spans = fixture("calm");
    let mut instances = learn(&traces(&spans));
    let apiserver = spans.iter().find(|span| Component::of(span.view()) == Component::Apiserver).unwrap();
    assert_eq!(apiserver.view().resource_text("service.instance.id"), Some(APISERVER));
    assert_eq!(instances.places(None).place_of(apiserver.view(), None).node.value(), None);
    let beside = kubelet("vm");
    instances.observe(beside.view(), None, beside.arrival);
    let place = instances.places(None).place_of(apiserver.view(), None);
    assert_eq!((place.node.value().unwrap().as_str(), place.node.how()), ("vm", Some(How::ApiserverId)));
}

/// As it was received: everything ran on one machine, and one `host.name` came from its address.
#[test]
fn with_the_peer_address_all_are_where_the_only_kubelet_is() {
    let spans: Vec<Sent> = fixture("calm").into_iter().map(|span| span.from("127.0.0.1:40000")).collect();
    let traces = traces(&spans);
    let placed = placed(&learn(&traces).places(None), &traces);
    assert!(placed.iter().all(|(_, place)| place.node.value().is_some_and(|node| node == "node-real")));
    assert!(placed.iter().all(|(_, place)| place.conflicts.is_empty()));
}
