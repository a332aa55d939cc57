//! Rows of the captured slices.

use std::collections::BTreeMap;

use crate::request::{Excluded, Exclusions, Gap, WebhookKind};
use crate::shares::{component_shares, phase_shares, rank_over_baseline};
use crate::trace::testing::{Owned, assembled, by_trace, fixture};
use crate::{Component, DataSource, Phase, RequestRow, Verb, request_rows};

const SLICES: [&str; 2] = ["calm", "stall"];

fn rows(spans: &[Owned]) -> (Vec<RequestRow<'_>>, Exclusions) {
    let (mut rows, mut excluded) = (Vec::new(), Exclusions::default());
    for spans in by_trace(spans).values() {
        let found = request_rows(&assembled(spans.iter().copied()), |_| None);
        rows.extend(found.rows);
        excluded += found.excluded;
    }
    (rows, excluded)
}

#[test]
fn every_server_span_is_a_row_or_excluded_by_reason() {
    for slice in SLICES {
        let spans = fixture(slice);
        let (rows, excluded) = rows(&spans);
        let servers = spans
            .iter()
            .filter(|one| one.span.kind == 2 && Component::of(one.view()) == Component::Apiserver);
        let without_row =
            [Excluded::Probe, Excluded::NotUnderApi, Excluded::PathUnknown, Excluded::NestedTooDeep]
                .map(|reason| excluded.get(reason));
        let is_under_api = |one: &&Owned| one.view().text("url.path").unwrap().starts_with("/api");
        assert_eq!(servers.clone().filter(is_under_api).count(), rows.len());
        assert_eq!(servers.count() as u64, rows.len() as u64 + without_row.iter().sum::<u64>());
        assert_eq!(excluded.get(Excluded::PathUnknown) + excluded.get(Excluded::NestedTooDeep), 0);

        let arrived = rows.iter().filter(|row| !row.gaps.has_lost_spans()).count();
        let complete = rows.iter().filter(|row| row.is_complete()).count();
        println!(
            "{slice}: {} rows, {arrived} without a sign of loss, {complete} complete, excluded {excluded:?}",
            rows.len()
        );
        let mut gaps: BTreeMap<&str, u64> = BTreeMap::new();
        rows.iter().flat_map(|row| row.gaps.iter()).for_each(|gap| *gaps.entry(gap.name()).or_default() += 1);
        println!("{slice}: {gaps:?}");
        assert!(complete as f64 >= 0.995 * arrived as f64);
        assert!(
            arrived as f64 >= 0.98 * rows.len() as f64,
            "the slices are cut at their edges, but not as much"
        );
    }
}

#[test]
fn phase_times_add_up_and_columns_agree_with_the_spans() {
    for slice in SLICES {
        let spans = fixture(slice);
        let by_id: BTreeMap<_, &Owned> =
            spans.iter().map(|one| ((one.span.trace_id, one.span.span_id), one)).collect();
        for row in rows(&spans).0 {
            let server = by_id[&(row.trace_id, row.span_id)].view();
            assert_eq!(row.phases.total_ns(), row.duration_ns);
            assert_eq!(row.duration_ns, server.span.duration_ns());
            assert_eq!(row.audit_id, server.text("audit-id"));
            assert_eq!(row.keys.code.map(i64::from), server.integer("http.response.status_code"));
            let sizes = (row.response_bytes.unwrap_or(0), row.request_bytes.unwrap_or(0));
            let size = |key| server.integer(key).unwrap_or(0) as u64;
            assert_eq!(sizes.1, size("http.request.body.size"));
            assert!(sizes.0 == size("http.response.body.size") || size("http.response.body.size") == 0);
            assert!(row.sli_duration_ns <= row.duration_ns);
            assert!(row.etcd.iter().map(|calls| calls.path_ns).sum::<u64>() <= row.duration_ns);
            let webhooks = row.phases.sum_ns(Phase::is_webhook);
            assert_eq!(row.webhooks.iter().map(|webhook| webhook.path_ns).sum::<u64>(), webhooks);
            assert_eq!(
                row.sli_duration_ns,
                row.duration_ns - webhooks - row.phases.get(Phase::PriorityAndFairness)
            );
        }
    }
}

#[test]
fn slow_and_failing_webhooks_show() {
    let mut calls: BTreeMap<(&str, bool), Vec<u64>> = BTreeMap::new();
    let slices = SLICES.map(fixture);
    for row in slices.iter().flat_map(|spans| rows(spans).0) {
        for webhook in &row.webhooks {
            let mutates = webhook.kind == WebhookKind::Mutating;
            assert_eq!(webhook.configuration == "tp-mutate", mutates, "{webhook:?}");
            assert!(webhook.path_ns <= webhook.duration_ns);
            // One is called with failure policy Ignore, the other with Fail.
            match webhook.name {
                "hang.tp.example.com" => assert_eq!(row.keys.code, Some(201)),
                "broken.tp.example.com" => assert_eq!(row.keys.code, Some(500)),
                _ => {}
            }
            calls.entry((webhook.name, webhook.is_failed)).or_default().push(webhook.duration_ns);
        }
    }
    let summary = calls.iter().map(|(who, times)| (who, times.len(), times.iter().min(), times.iter().max()));
    println!("{:?}", summary.collect::<Vec<_>>());
    let slow = &calls[&("slow-scanner.tp.example.com", false)];
    assert!(slow.iter().all(|time| *time >= 150_000_000), "{slow:?}");
    let hanging = &calls[&("hang.tp.example.com", true)];
    assert!(hanging.iter().all(|time| (1_000_000_000..1_500_000_000).contains(time)), "{hanging:?}");
    assert!(calls.contains_key(&("broken.tp.example.com", true)));
    assert!(!calls.contains_key(&("policy.tp.example.com", true)));
}

/// etcd was stopped at 317.4 s of the run for 1.5 s (`proto/fixtures/README.md`).
const STALL: (u64, u64) = (1_795_216_157_650_000_000, 1_795_216_159_200_000_000);

/// Requests that met the stop of etcd waited for etcd more than for all else. Two creates did so behind a span of their
/// own: quota admission waits for an update of the quota, which is a request of its own and stands in the stall too.
#[test]
fn requests_in_the_etcd_stall_show_etcd_first() {
    let spans = fixture("stall");
    let (rows, _) = rows(&spans);
    let stalled: Vec<&RequestRow<'_>> = rows
        .iter()
        .filter(|row| !row.is_endless() && row.duration_ns > 400_000_000)
        .filter(|row| (STALL.0..STALL.1).contains(&row.start))
        .collect();
    assert_eq!(stalled.len(), 12);
    let shares = component_shares(&stalled);
    println!("{shares:?}");
    assert_eq!(shares[0].part, Component::Etcd);
    assert!(shares[0].share > 0.8 && shares[0].mean_share > 0.7);
    assert_eq!(phase_shares(&stalled)[0].part, Phase::EtcdWire);
    let etcd_first = stalled.iter().filter(|row| row.phases.sum_ns(Phase::is_etcd) * 2 > row.duration_ns);
    assert_eq!(etcd_first.count(), 10);
    let others = stalled.iter().filter(|row| row.phases.sum_ns(Phase::is_etcd) * 2 <= row.duration_ns);
    for row in others {
        assert_eq!((row.keys.verb, row.keys.resource.as_deref()), (Verb::Create, Some("configmaps")));
        assert!(row.phases.get(Phase::Own) * 10 > row.duration_ns * 9);
    }

    let calm = fixture("calm");
    let before = self::rows(&calm).0;
    let plain = |rows: &[RequestRow<'_>]| -> Vec<(String, u64)> {
        let plain = rows.iter().filter(|row| !row.is_endless());
        plain.flat_map(|row| row.phases.iter().map(|(phase, time)| (phase.name().to_owned(), time))).collect()
    };
    let ranked = rank_over_baseline(plain(&rows), plain(&before), 1.0);
    println!("{:?}", ranked.iter().take(3).collect::<Vec<_>>());
    assert_eq!(ranked[0].key, "etcd_wire", "what the stall added over the calm slice of the same length");
}

#[test]
fn conflicts_are_the_transactions_that_were_lost() {
    let mut conflicting = 0;
    for slice in SLICES {
        let spans = fixture(slice);
        for row in rows(&spans).0 {
            let is_update = matches!(row.keys.verb, Verb::Patch | Verb::Apply | Verb::Update);
            if !is_update || row.keys.code != Some(200) || !row.is_complete() || row.conflicts == 0 {
                continue;
            }
            conflicting += 1;
            let calls: u32 = row.etcd.iter().map(|calls| calls.calls).sum();
            assert!(calls > row.conflicts, "{row:?}");
        }
    }
    assert!(conflicting > 3, "{conflicting}");
}

#[test]
fn lists_say_where_they_read_and_how_much() {
    let mut seen: BTreeMap<DataSource, u64> = BTreeMap::new();
    for slice in SLICES {
        let spans = fixture(slice);
        for row in
            rows(&spans).0.iter().filter(|row| row.keys.verb == Verb::List && row.keys.code == Some(200))
        {
            *seen.entry(row.data_source).or_default() += 1;
            assert_eq!(row.listed_items.is_some(), row.data_source == DataSource::Cache, "{row:?}");
            assert!(row.returned_items <= row.listed_items);
            if row.keys.resource.as_deref() == Some("events") {
                assert_eq!(row.data_source, DataSource::Etcd, "events have no watch cache");
            }
        }
    }
    println!("{seen:?}");
    assert!(seen[&DataSource::Cache] > 100 && seen[&DataSource::Etcd] > 10, "{seen:?}");
}

#[test]
fn watches_and_streams_are_marked() {
    let spans = fixture("calm");
    let (rows, _) = rows(&spans);
    let endless: Vec<_> = rows.iter().filter(|row| row.is_endless()).collect();
    assert!(!endless.is_empty());
    for row in &rows {
        let target = spans.iter().find(|one| one.span.span_id == row.span_id).unwrap().view();
        let target = target.text("http.target").unwrap();
        assert_eq!(
            row.keys.is_watch,
            target.contains("watch=true") || target.contains("watch=1"),
            "{target}"
        );
        assert!(!row.gaps.has(Gap::HandlerMissing) || row.gaps.has_lost_spans());
    }
}

/// Of callers in `system:masters`, authentication is the root of the trace; of others it is known only to who joins.
#[test]
fn authentication_is_known_where_it_is_in_the_trace() {
    let spans = fixture("calm");
    let (rows, _) = rows(&spans);
    let known: Vec<u64> = rows.iter().filter_map(|row| row.authentication_ns).collect();
    assert!(known.len() > 100 && known.len() < rows.len() / 2, "{} of {}", known.len(), rows.len());
    assert!(known.iter().all(|time| *time < 5_000_000_000));
    let traces = by_trace(&spans);
    let joined = traces.values().flat_map(|spans| {
        request_rows(&assembled(spans.iter().copied()), |_| Some(7))
            .rows
            .into_iter()
            .map(|row| row.authentication_ns)
    });
    assert!(joined.into_iter().all(|time| time.is_some()));
}

/// etcd's part of a call shows that the API server's is lost, in whatever clock.
#[test]
fn a_lost_call_of_etcd_is_told_by_the_other_end() {
    let spans = fixture("calm");
    let (mut lost, mut told) = (0, 0);
    for spans in by_trace(&spans).values() {
        let calls = |one: &&&Owned| one.span.kind == 3 && one.span.name.starts_with("etcdserverpb.KV/");
        let Some(call) = spans.iter().find(calls).map(|one| one.span.span_id) else { continue };
        let is_answered = spans.iter().any(|one| one.span.parent_span_id == Some(call));
        let rest: Vec<Owned> =
            spans.iter().filter(|one| one.span.span_id != call).map(|one| (*one).clone()).collect();
        for hours in [0, 1] {
            let mut rest = rest.clone();
            for one in rest.iter_mut().filter(|one| one.resource.string("service.name") == Some("etcd")) {
                one.span.start -= hours * 3_600_000_000_000;
                one.span.end -= hours * 3_600_000_000_000;
            }
            let found = request_rows(&assembled(&rest), |_| None);
            if is_answered && found.rows.len() == 1 {
                lost += 1;
                told += u32::from(found.rows[0].gaps.has(Gap::EtcdCallMissing));
            }
        }
    }
    assert!(lost > 1_000, "{lost}");
    assert_eq!(told, lost);
}
