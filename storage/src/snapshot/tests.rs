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
