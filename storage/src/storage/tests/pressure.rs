//! Many requests at once: what is on its way counts, so that the live buffer stays within its limit.

use bytesize::ByteSize;
use futures::future::join_all;
use proto::ErrorKind;
use tempfile::tempdir;

use super::support::{body, config, decode, meta};
use crate::env::Env;
use crate::{Config, Storage};

const REQUEST_BYTES: usize = 10_000;

#[tokio::test]
async fn requests_on_their_way_count_as_what_they_will_take() {
    let folder = tempdir().unwrap();
    let limits = Config {
        live_bytes_max: ByteSize::kib(256),
        flush_bytes: ByteSize::kib(256),
        ..config(folder.path())
    };
    let storage = Storage::open(limits, Env::system(), std::sync::Arc::new(decode)).await.unwrap();
    let appends = (1..=100).map(|number| storage.append(meta("default"), body(&[number], REQUEST_BYTES)));
    let outcomes = join_all(appends).await;
    let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    let kept = outcomes.len() - refused.len();
    // Three times its bytes each, and one that comes when there is just room.
    assert!((8..=10).contains(&kept), "{kept} of 100 were taken at once");
    assert!(refused.iter().all(|error| matches!(error.kind, ErrorKind::Overloaded { .. })), "{refused:?}");
    storage.flush().await.unwrap();
    storage.append(meta("default"), body(&[200], REQUEST_BYTES)).await.unwrap();
    storage.stop().await;
}
