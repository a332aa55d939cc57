//! Pairs in the captures, where for privileged callers the truth is known: both spans are in one trace.

use std::collections::BTreeMap;

use super::views;
use crate::joins::{Fit, index_links, pair_authentications};
use crate::trace::testing::fixture;

#[test]
fn nearly_every_request_finds_its_authentication() {
    for slice in ["calm", "stall"] {
        let spans = fixture(slice);
        let found = pair_authentications(&views(&spans));
        let only = found.pairs.iter().filter(|pair| pair.fit == Fit::Only).count();
        println!(
            "{slice}: {only} of {} pairs are certain; {found:?}",
            found.pairs.len(),
            found = found.unpaired
        );
        assert!(found.pairs.len() > 2_000);
        assert!(only * 100 >= found.pairs.len() * 99, "{only}");
        assert!(found.unpaired.len() + found.servers_unpaired.len() <= 2);
    }
}

#[test]
fn pairs_that_are_known_and_hidden_are_found_again() {
    for slice in ["calm", "stall"] {
        let mut spans = fixture(slice);
        let known: BTreeMap<_, _> = spans
            .iter()
            .enumerate()
            .filter(|(_, one)| one.span.name == "authentication")
            .map(|(index, one)| ((one.span.trace_id, one.span.span_id), index))
            .collect();
        let mut hidden = BTreeMap::new();
        for (index, one) in spans.iter_mut().enumerate().filter(|(_, one)| one.span.kind == 2) {
            let parent = one.span.parent_span_id.map(|parent| (one.span.trace_id, parent));
            if let Some(authentication) = parent.and_then(|parent| known.get(&parent)) {
                hidden.insert(index, *authentication);
                one.span.parent_span_id = None;
            }
        }
        assert!(hidden.len() > 150, "{}", hidden.len());
        let found = pair_authentications(&views(&spans));
        let right =
            found.pairs.iter().filter(|pair| hidden.get(&pair.server) == Some(&pair.authentication)).count();
        println!("{slice}: {right} of {} hidden pairs found", hidden.len());
        assert_eq!(right, hidden.len());
    }
}

#[test]
fn requests_of_the_kubelet_lead_to_the_apiserver_and_back() {
    let spans = fixture("calm");
    let links = index_links(&views(&spans));
    let service = |index: usize| spans[index].resource.string("service.name");
    let from_kubelet = links.pairs().iter().filter(|(_, target)| service(*target) == Some("kubelet"));
    let mut count = 0;
    for (source, target) in from_kubelet {
        assert_eq!(
            (service(*source), spans[*source].span.kind, spans[*target].span.kind),
            (Some("apiserver"), 2, 3)
        );
        assert!(links.sources(*target).any(|back| back == *source));
        count += 1;
    }
    assert!(count > 100, "{count}");
}
