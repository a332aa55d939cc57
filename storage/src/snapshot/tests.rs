use std::sync::Arc;

use tempfile::tempdir;

use super::*;
use crate::catalog::SegmentTimes;
use crate::storage::tests::support::{NOON, body, meta, open};
use crate::wal::RecordMeta;

fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_each_tenant_reach_back_to_their_own_first_arrival() {
    let folder = tempdir().unwrap();
    let storage = open(folder.path()).await;
    let arriving = |name: &str, arrival| RecordMeta { arrival, ..meta(name) };
    storage.append(arriving("a", NOON + 5), body(&[1], 0)).await.unwrap();
    storage.append(arriving("b", NOON), body(&[2], 0)).await.unwrap();
    let reach = |snapshot: &Snapshot| ["a", "b", "c"].map(|name| snapshot.raw_data_from(&tenant(name)));
    assert_eq!(reach(&storage.snapshot()), [Some(NOON + 5), Some(NOON), None], "live");
    storage.flush().await.unwrap();
    storage.append(arriving("a", NOON + 9), body(&[3], 0)).await.unwrap();
    let snapshot = storage.snapshot();
    assert_eq!(reach(&snapshot), [Some(NOON + 5), Some(NOON), None]);
    let selection = snapshot.select(&tenant("a"), TimeRange::ALL, SpanInstant::Any);
    assert_eq!(selection.completeness.raw_data_from, Some(NOON + 5));

    // What another program added says nothing of arrivals, and what is gone is not there.
    let of_a = |file: &&Arc<SegmentFile>| file.tenant == tenant("a");
    let foreign = snapshot
        .table
        .files
        .iter()
        .filter(of_a)
        .map(|file| Arc::new(SegmentFile { times: SegmentTimes::UNKNOWN, ..(**file).clone() }));
    let table = TableVersion { files: foreign.collect(), ..TableVersion::default() };
    assert_eq!(reach(&Snapshot { table: Arc::new(table), ..snapshot }), [Some(NOON + 9), None, None]);
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_a_thinned_segment_is_told_and_whoever_reads_a_rollup_instead_is_not() {
    let folder = tempdir().unwrap();
    let storage = open(folder.path()).await;
    for number in 1..=3 {
        storage.append(meta("a"), body(&[number], 0)).await.unwrap();
        storage.flush().await.unwrap();
    }
    let snapshot = storage.snapshot();
    let [whole, looked_at, thinned] = [None, Some(0), Some(7)];
    let states = [whole, looked_at, thinned].into_iter().zip(&snapshot.table.files);
    let files: Vec<_> =
        states.map(|(thinned, file)| Arc::new(SegmentFile { thinned, ..(**file).clone() })).collect();
    let table = TableVersion { files: files.clone(), ..TableVersion::default() };
    let snapshot = Snapshot { table: Arc::new(table), ..snapshot };
    let selection = snapshot.select(&tenant("a"), TimeRange::ALL, SpanInstant::Any);
    assert!(selection.completeness.incomplete_because().eq(["thinned"]));
    assert!(selection.clone().reading(files[..2].to_vec()).completeness.is_complete());
    assert!(!selection.reading(files[2..].to_vec()).completeness.is_complete());

    // Rows that outlive their segment say nothing of how far back all of them reach.
    let mut remains = (*files[2]).clone();
    remains.times.arrival_min = 5;
    let table = |remains_of| TableVersion {
        files: vec![Arc::clone(&files[0]), Arc::new(SegmentFile { remains_of, ..remains.clone() })],
        ..TableVersion::default()
    };
    let reach = |table| Snapshot { table: Arc::new(table), ..snapshot.clone() }.raw_data_from(&tenant("a"));
    assert_eq!(reach(table(None)), Some(5));
    assert_eq!(reach(table(Some("gone".to_owned()))), Some(NOON));
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_between_two_ranges_is_not_read() {
    let folder = tempdir().unwrap();
    let storage = open(folder.path()).await;
    for number in 1..=3 {
        storage.append(meta("a"), body(&[number], 0)).await.unwrap();
        storage.flush().await.unwrap();
    }
    let snapshot = storage.snapshot();
    let ending = |file: &Arc<SegmentFile>, end| {
        let times = SegmentTimes { end_min: end, end_max: end, ..file.times };
        Arc::new(SegmentFile { times, ..(**file).clone() })
    };
    let files: Vec<_> =
        snapshot.table.files.iter().zip([10, 20, 30]).map(|(file, end)| ending(file, end)).collect();
    let table = TableVersion { files: files.clone(), ..TableVersion::default() };
    let snapshot = Snapshot { table: Arc::new(table), ..snapshot };
    let paths = |selection: &Selection| -> Vec<String> {
        selection.segments.iter().map(|file| file.path.clone()).collect()
    };
    let ranges = [TimeRange { start: 25, end: 35 }, TimeRange { start: 5, end: 15 }];
    let both = snapshot.select_any(&tenant("a"), &ranges, SpanInstant::End);
    assert_eq!(paths(&both), [files[0].path.clone(), files[2].path.clone()]);
    let one = snapshot.select_any(&tenant("a"), &ranges[..1], SpanInstant::End);
    assert_eq!(paths(&one), [files[2].path.clone()]);
    assert!(snapshot.select_any(&tenant("b"), &ranges, SpanInstant::End).segments.is_empty());
    storage.stop().await;
}
