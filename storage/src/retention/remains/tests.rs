//! Retention around pinned traces, in a real folder.

use std::path::Path;

use bytesize::ByteSize;
use proto::{Tenant, TimeRange, TraceId};
use tempfile::tempdir;

use super::*;
use crate::env::Env;
use crate::live::LoggedRequest;
use crate::storage::tests::support::{NOON, body, config, meta, once, segments, spans};
use crate::testing::{Row, span_batch};
use crate::wal::RecordMeta;
use crate::{Config, SpanBatch, SpanInstant};

/// A trace for each ten numbers.
fn decode(requests: &[LoggedRequest]) -> Result<SpanBatch> {
    let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
    let numbers = requests.iter().flat_map(|request| request.body[8..].chunks(8).map(number));
    let row = |span_id: u64| Row { trace: (span_id / 10) as u8, span_id, ..Row::default() };
    Ok(span_batch(&numbers.map(row).collect::<Vec<_>>()))
}

fn trace(number: u8) -> TraceId {
    TraceId([number; 16])
}

/// Storage in which nothing may stay but what is pinned.
async fn forgetful(folder: &Path) -> Arc<Storage> {
    let config = Config { max_bytes: Some(ByteSize(1)), ..config(folder) };
    let storage = Storage::open(config, Env::system(), Arc::new(decode)).await.unwrap();
    storage.replayed().await.unwrap();
    storage
}

async fn flush(storage: &Storage, tenant: &str, numbers: &[u64]) {
    let meta = RecordMeta { arrival: NOON, ..meta(tenant) };
    storage.append(meta, body(numbers, 0)).await.unwrap();
    storage.flush().await.unwrap();
}

fn of_default() -> Tenant {
    Tenant::default()
}

#[tokio::test(flavor = "multi_thread")]
async fn pinned_traces_outlive_their_segment_and_a_restart() {
    let folder = tempdir().unwrap();
    let storage = forgetful(folder.path()).await;
    storage.pins().pin(&of_default(), trace(2)).await.unwrap();
    storage.pins().pin(&of_default(), trace(9)).await.unwrap();
    storage.pins().pin(&Tenant::new("other").unwrap(), trace(1)).await.unwrap();
    flush(&storage, "default", &[10, 11, 20, 21, 30]).await;
    let source = Arc::clone(&storage.snapshot().table.files[0]);
    let removed = storage.enforce_retention().await.unwrap();
    assert_eq!(removed.len(), 1);
    assert_eq!(spans(&storage, folder.path()), once([20, 21]));
    let remains = Arc::clone(&storage.snapshot().table.files[0]);
    assert_eq!((remains.rows, remains.thinned, remains.rollup_bytes), (2, Some(3), None));
    assert_eq!(remains.remains_of.as_deref(), Some(source.path.as_str()));
    assert_eq!(
        (&remains.tenant, &remains.date, remains.window),
        (&source.tenant, &source.date, source.window)
    );

    assert!(storage.enforce_retention().await.unwrap().is_empty(), "what is pinned stays");
    assert_eq!(storage.roll_up().await.unwrap(), 0, "it gets no rollup of what is left");
    let snapshot = storage.snapshot();
    let selection = snapshot.select(&of_default(), TimeRange::ALL, SpanInstant::Any);
    assert!(selection.completeness.incomplete_because().eq(["thinned"]));
    assert_eq!(snapshot.raw_data_from(&of_default()), None);
    storage.stop().await;

    let again = forgetful(folder.path()).await;
    assert!(again.enforce_retention().await.unwrap().is_empty());
    assert_eq!(spans(&again, folder.path()), once([20, 21]));
    assert_eq!(segments(folder.path()).len(), 1);
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pinned_no_more_goes_and_the_rest_of_its_segment_stays() {
    let folder = tempdir().unwrap();
    let storage = forgetful(folder.path()).await;
    for number in [1, 2] {
        storage.pins().pin(&of_default(), trace(number)).await.unwrap();
    }
    flush(&storage, "default", &[10, 20, 30]).await;
    storage.enforce_retention().await.unwrap();
    flush(&storage, "default", &[22]).await;
    storage.enforce_retention().await.unwrap();
    assert_eq!(spans(&storage, folder.path()), once([10, 20, 22]));
    let whole = storage.snapshot().table.files.iter().find(|file| file.thinned == Some(0)).cloned();
    assert_eq!(whole.unwrap().rows, 1, "all of the second was pinned");

    storage.pins().unpin(&of_default(), trace(1)).await.unwrap();
    storage.stop().await;
    let storage = forgetful(folder.path()).await;
    storage.enforce_retention().await.unwrap();
    assert_eq!(spans(&storage, folder.path()), once([20, 22]));
    let thinned: Vec<_> = storage.snapshot().table.files.iter().map(|file| file.thinned).collect();
    assert!(thinned.contains(&Some(2)) && thinned.contains(&Some(0)), "{thinned:?}");
    assert!(!storage.pins().hold().await.have_leftovers());

    storage.pins().unpin(&of_default(), trace(2)).await.unwrap();
    storage.enforce_retention().await.unwrap();
    assert!(spans(&storage, folder.path()).is_empty() && storage.snapshot().table.files.is_empty());
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_segment_takes_its_pinned_traces_along_and_stops_nothing() {
    let folder = tempdir().unwrap();
    let storage = forgetful(folder.path()).await;
    storage.pins().pin(&of_default(), trace(1)).await.unwrap();
    flush(&storage, "default", &[10]).await;
    let path = folder.path().join("spans").join(&storage.snapshot().table.files[0].path);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(storage.enforce_retention().await.unwrap().len(), 1);
    assert!(storage.snapshot().table.files.is_empty());
    storage.stop().await;
}
