//! Pairs in windows written by hand.

use super::views;
use crate::joins::{Authentications, Fit, Pair, pair_authentications};
use crate::trace::testing::{Owned, resource, span};
use proto::TraceId;

const MS: u64 = 1_000_000;

fn in_instance(mut one: Owned, instance: &'static str) -> Owned {
    one.resource = resource(&[("service.name", "apiserver"), ("service.instance.id", instance)]);
    one
}

/// A lone `authentication` span, in ms; its trace id shows that nothing is sampled away.
fn authentication(number: u8, start: u64, end: u64) -> Owned {
    let mut one = in_instance(span(1, 0, start * MS, end * MS).name("authentication"), "a");
    one.span.trace_id = TraceId([250, number, 1, 1, 1, 1, 1, 1, 250, 1, 1, 1, 1, 1, 1, number]);
    one
}

fn server(number: u8, start: u64, end: u64) -> Owned {
    let mut one = in_instance(span(1, 0, start * MS, end * MS).name("GET /api/v1/pods"), "a");
    one.span.trace_id = TraceId([1, number, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, number]);
    one.span.kind = 2;
    one
}

/// The span that shows the order of filters of Kubernetes 1.34 and later.
fn audit() -> Owned {
    in_instance(span(90, 91, 0, 1).in_trace(90).name("audit"), "a")
}

fn pairs(spans: &[Owned]) -> Vec<(usize, usize, Fit)> {
    let found = pair_authentications(&views(spans));
    found.pairs.iter().map(|pair| (pair.authentication, pair.server, pair.fit)).collect()
}

#[test]
fn the_one_that_encloses_the_request_is_its_own() {
    let spans = [
        audit(),
        authentication(1, 10, 60),
        server(1, 11, 60),
        authentication(2, 0, 1_000),
        server(2, 5, 999),
        server(3, 61, 70),
        authentication(3, 62, 71),
    ];
    let found = pair_authentications(&views(&spans));
    let pair = |authentication, server| Pair { authentication, server, fit: Fit::Only };
    assert_eq!(found.pairs, [pair(1, 2), pair(3, 4)]);
    assert_eq!((found.unpaired, found.servers_unpaired, found.sampled_instances), (vec![6], vec![5], 0));
}

#[test]
fn necessity_tells_requests_that_overlap_apart() {
    let spans =
        [audit(), server(1, 11, 60), authentication(1, 10, 64), server(2, 21, 61), authentication(2, 20, 63)];
    assert_eq!(pairs(&spans), [(2, 1, Fit::Only), (4, 3, Fit::Only)], "the second would enclose only itself");
}

#[test]
fn what_cannot_be_told_apart_is_marked() {
    let spans = [
        audit(),
        authentication(1, 10, 64),
        authentication(2, 11, 62),
        server(1, 20, 60),
        server(2, 21, 60),
        server(3, 22, 60),
    ];
    let found = pairs(&spans);
    assert_eq!(found, [(2, 3, Fit::Best { rivals: 1 }), (1, 4, Fit::Best { rivals: 0 })]);
}

#[test]
fn in_1_33_it_ends_before_the_request_starts() {
    let spans = [authentication(1, 0, 5), server(1, 6, 8), authentication(2, 200, 207), server(2, 206, 300)];
    assert_eq!(pairs(&spans), [(0, 1, Fit::Only)]);
    let mut later = spans.to_vec();
    later.push(audit());
    assert_eq!(pairs(&later), [], "with the filters of 1.34 it would enclose the request");
}

#[test]
fn an_end_may_be_off_by_a_corrected_clock() {
    let mut spans = [audit(), authentication(1, 10, 60), server(1, 11, 60)];
    spans[2].span.end += 300_000;
    assert_eq!(pairs(&spans), [(1, 2, Fit::Only)]);
    spans[2].span.end += 1;
    assert_eq!(pairs(&spans), []);
}

#[test]
fn only_lone_spans_of_the_same_process_are_paired() {
    let mut child = server(1, 11, 60);
    child.span.trace_id = authentication(1, 0, 0).span.trace_id;
    (child.span.span_id, child.span.parent_span_id) =
        (span(2, 1, 0, 0).span.span_id, Some(span(1, 0, 0, 0).span.span_id));
    let mut refused = span(3, 1, 31, 32).name("SerializeObject");
    refused.span.trace_id = authentication(2, 0, 0).span.trace_id;
    let mut local = server(3, 11, 60);
    (local.span.parent_span_id, local.span.flags) = (Some(span(77, 0, 0, 0).span.span_id), 0x101);
    let spans = [
        audit(),
        authentication(1, 10, 60),
        child,
        authentication(2, 30, 33),
        refused,
        in_instance(server(2, 31, 33), "b"),
        local,
        authentication(3, 10, 60),
    ];
    let found = pair_authentications(&views(&spans));
    assert_eq!(found, Authentications { unpaired: vec![7], ..Default::default() });
}

#[test]
fn a_request_of_a_privileged_caller_with_a_trace_of_its_own_is_paired() {
    let mut remote = server(3, 11, 60);
    (remote.span.parent_span_id, remote.span.flags) = (Some(span(77, 0, 0, 0).span.span_id), 0x301);
    assert_eq!(pairs(&[audit(), authentication(3, 10, 60), remote]), [(1, 2, Fit::Only)]);
}

#[test]
fn what_is_sampled_is_not_paired() {
    let halved = |mut one: Owned| {
        one.span.trace_id.0[8] /= 4;
        one
    };
    let few = [audit(), halved(authentication(1, 10, 60)), server(1, 11, 60)];
    assert_eq!(pairs(&few), [(1, 2, Fit::Best { rivals: 0 })], "too few to know");
    let mut many = vec![audit()];
    for number in 0..60 {
        let start = u64::from(number) * 1_000;
        many.extend([
            halved(authentication(number, start, start + 60)),
            server(number, start + 1, start + 60),
        ]);
    }
    let found = pair_authentications(&views(&many));
    assert_eq!((found.pairs.len(), found.unpaired.len(), found.servers_unpaired.len()), (0, 60, 60));
    assert_eq!(found.sampled_instances, 1);
}

#[test]
fn where_spans_are_lost_nothing_is_certain() {
    let mut spans = vec![audit()];
    for number in 0..100 {
        let start = u64::from(number) * 1_000;
        spans.extend([authentication(number, start, start + 60), server(number, start + 1, start + 60)]);
    }
    let certain = |spans: &[Owned]| pairs(spans).iter().filter(|pair| pair.2 == Fit::Only).count();
    assert_eq!(certain(&spans), 100);
    (1..5).for_each(|number| drop(spans.remove(number)));
    assert_eq!((certain(&spans), pairs(&spans).len()), (96, 96), "as at the edge of a window");
    spans.remove(21);
    assert_eq!(certain(&spans), 0);
}

/// A hundred thousand requests that all end together: the work stays bounded, and nothing is said to be certain.
#[test]
fn a_crowd_is_paired_without_certainty() {
    let count = 100_000_u64;
    let mut spans = vec![audit()];
    for number in 0..count {
        let (mut outer, mut inner) = (authentication(1, 0, 500), server(1, 1, 500));
        for one in [&mut outer, &mut inner] {
            one.span.span_id = proto::SpanId(number.to_be_bytes());
            one.span.start += number;
            one.span.end += number;
        }
        spans.extend([outer, inner]);
    }
    let found = pair_authentications(&views(&spans));
    assert!(found.pairs.len() as u64 > count / 2, "{}", found.pairs.len());
    assert!(found.pairs[..1_000].iter().all(|pair| pair.fit != Fit::Only));
}
