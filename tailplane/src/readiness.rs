//! What `/readyz` says while `serve` runs.
//!
//! Ready means that queries see everything. Spans are taken in, acknowledged and kept from the moment at which the
//! addresses are printed, so nothing that only sends spans needs to wait for it.

use std::sync::Arc;

use storage::ReplayProgress;
use tokio::sync::watch;
use web::Readiness;

/// What a state of the replay means for whoever asks.
#[must_use]
pub(crate) fn of(progress: &ReplayProgress, query_only: Option<&str>) -> Readiness {
    match (progress, query_only) {
        (ReplayProgress::Running { percent }, _) => {
            Readiness::NotReady(format!("replaying the write-ahead log: {percent} %"))
        }
        (ReplayProgress::Done, None) => Readiness::Ready,
        (ReplayProgress::Done, Some(reason)) => Readiness::QueryOnly(reason.to_owned()),
        (ReplayProgress::Failed(_, message), None) => Readiness::NotReady(message.clone()),
        (ReplayProgress::Failed(_, message), Some(reason)) => {
            Readiness::QueryOnly(format!("{reason}; {message}"))
        }
    }
}

/// Hands on how far the replay is, until storage is gone.
pub(crate) async fn follow(
    mut progress: watch::Receiver<ReplayProgress>,
    query_only: Option<String>,
    readiness: Arc<watch::Sender<Readiness>>,
) {
    while progress.changed().await.is_ok() {
        let now = of(&progress.borrow_and_update(), query_only.as_deref());
        readiness.send_replace(now);
    }
}
