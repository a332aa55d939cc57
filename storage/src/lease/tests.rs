//! Of two processes one holds the lease; it is taken from the dead and not from the living, and who lost it writes no more.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path as ObjectPath;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, PutMultipartOptions,
    PutPayload, PutResult,
};
use uuid::Uuid;

use super::*;
use crate::store::LeasedStore;

const TIMES: LeaseTimes = LeaseTimes {
    renew_interval: Duration::from_millis(50),
    held_for: Duration::from_millis(400),
    taken_after: Duration::from_millis(600),
    look_interval: Duration::from_millis(20),
};

/// A bucket that can be cut off, or lose the answers to what it has written.
#[derive(Debug, Default)]
struct Bucket {
    objects: InMemory,
    is_cut_off: AtomicBool,
    loses_answers: AtomicBool,
}

impl std::fmt::Display for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bucket")
    }
}

fn broken() -> StoreError {
    StoreError::Generic { store: "Bucket", source: "no answer".into() }
}

#[async_trait::async_trait]
impl ObjectStore for Bucket {
    async fn put_opts(
        &self,
        to: &ObjectPath,
        payload: PutPayload,
        options: PutOptions,
    ) -> StoreResult<PutResult> {
        if self.is_cut_off.load(Ordering::SeqCst) {
            return Err(broken());
        }
        let put = self.objects.put_opts(to, payload, options).await;
        if self.loses_answers.load(Ordering::SeqCst) { Err(broken()) } else { put }
    }

    async fn put_multipart_opts(
        &self,
        to: &ObjectPath,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.objects.put_multipart_opts(to, options).await
    }

    async fn get_opts(&self, location: &ObjectPath, options: GetOptions) -> StoreResult<GetResult> {
        self.objects.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, StoreResult<ObjectPath>>,
    ) -> BoxStream<'static, StoreResult<ObjectPath>> {
        self.objects.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&ObjectPath>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.objects.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&ObjectPath>) -> StoreResult<ListResult> {
        self.objects.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &ObjectPath, to: &ObjectPath, options: CopyOptions) -> StoreResult<()> {
        self.objects.copy_opts(from, to, options).await
    }
}

fn holder(wal: u128, name: &str) -> Holder {
    Holder { id: Env::system().random_uuid(), wal: Uuid::from_u128(wal), name: name.to_owned() }
}

async fn take(bucket: &Arc<Bucket>, wal: u128, name: &str) -> Result<Arc<Lease>> {
    let store = Arc::clone(bucket) as Arc<dyn ObjectStore>;
    Lease::take(store, holder(wal, name), TIMES, Env::system()).await
}

async fn pass(duration: Duration) {
    Env::system().sleep(duration).await;
}

fn writes(bucket: &Arc<Bucket>, lease: &Arc<Lease>) -> LeasedStore {
    LeasedStore::new(Arc::clone(bucket) as Arc<dyn ObjectStore>, Arc::clone(lease))
}

#[tokio::test]
async fn the_living_keep_it_and_are_named_to_who_asks() {
    let bucket = Arc::new(Bucket::default());
    let first = take(&bucket, 1, "the first").await.unwrap();
    let refused = take(&bucket, 2, "the second").await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Unavailable);
    assert!(refused.message.starts_with("the first writes to this bucket"), "{}", refused.message);
    pass(TIMES.taken_after).await;
    assert!(first.is_held(), "it was renewed");
    first.release().await;
    assert!(!first.is_held());
    let second = take(&bucket, 2, "the second").await.unwrap();
    assert!(second.is_held());
}

#[tokio::test]
async fn the_dead_are_succeeded_after_a_while_and_the_same_log_at_once() {
    let bucket = Arc::new(Bucket::default());
    let env = Env::system();
    // A process that is killed: its renewals end with it.
    drop(take(&bucket, 1, "the first").await.unwrap());
    let started = env.monotonic();
    drop(take(&bucket, 1, "the first again").await.unwrap());
    assert!(env.monotonic() - started < TIMES.taken_after / 2);
    let second = take(&bucket, 2, "the second").await.unwrap();
    let waited = env.monotonic() - started;
    assert!(waited >= TIMES.taken_after && second.is_held(), "{waited:?}");
}

#[tokio::test]
async fn of_many_who_wait_one_gets_it() {
    let bucket = Arc::new(Bucket::default());
    drop(take(&bucket, 1, "the first").await.unwrap());
    let waiting = (2..8).map(|wal| take(&bucket, wal, "a successor"));
    let outcomes = futures::future::join_all(waiting).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

#[tokio::test]
async fn without_renewal_nothing_is_written_and_what_is_under_way_is_given_up() {
    let bucket = Arc::new(Bucket::default());
    let lease = take(&bucket, 1, "the first").await.unwrap();
    let store = writes(&bucket, &lease);
    store.put(&"a".into(), Bytes::from_static(b"1").into()).await.unwrap();
    bucket.is_cut_off.store(true, Ordering::SeqCst);
    let endless = lease.while_held(std::future::pending::<StoreResult<()>>()).await.unwrap_err();
    assert!(endless.to_string().contains("could not be renewed"), "{endless}");
    bucket.is_cut_off.store(false, Ordering::SeqCst);
    // Nobody else has taken it meanwhile.
    pass(TIMES.renew_interval * 3).await;
    store.put(&"a".into(), Bytes::from_static(b"2").into()).await.unwrap();
}

#[tokio::test]
async fn who_was_succeeded_never_writes_again() {
    let bucket = Arc::new(Bucket::default());
    let first = take(&bucket, 1, "the first").await.unwrap();
    bucket.is_cut_off.store(true, Ordering::SeqCst);
    pass(TIMES.held_for + TIMES.renew_interval).await;
    assert!(!first.is_held(), "before anybody else may take it");
    // The first's network is bad, the second's is not.
    let record = Record::of(&holder(2, "the second"), 1, false, 0);
    bucket.objects.put(&LOCATION.into(), record.encode().unwrap().into()).await.unwrap();
    bucket.is_cut_off.store(false, Ordering::SeqCst);
    let reason = first.succeeded().await;
    assert!(reason.starts_with("the second has taken the lease"), "{reason}");
    let store = writes(&bucket, &first);
    store.put(&"a".into(), Bytes::from_static(b"1").into()).await.unwrap_err();
    store.delete(&"a".into()).await.unwrap_err();
    first.release().await;
    let (left, _) = read(&(Arc::clone(&bucket) as Arc<dyn ObjectStore>)).await.unwrap().unwrap();
    assert_eq!(left, record, "it is not the first's to give back");
}

#[tokio::test]
async fn an_answer_that_was_lost_costs_nothing() {
    let bucket = Arc::new(Bucket::default());
    bucket.loses_answers.store(true, Ordering::SeqCst);
    let taking = take(&bucket, 1, "the first").await.unwrap();
    pass(TIMES.renew_interval * 3).await;
    bucket.loses_answers.store(false, Ordering::SeqCst);
    pass(TIMES.held_for).await;
    assert!(taking.is_held());
}

#[tokio::test]
async fn what_is_no_lease_or_a_newer_one_is_refused() {
    let bucket = Arc::new(Bucket::default());
    for (text, expected) in [("{}", ErrorKind::Corrupt), (r#"{"format_version":2}"#, ErrorKind::Unsupported)]
    {
        bucket.objects.put(&LOCATION.into(), Bytes::from(text).into()).await.unwrap();
        let refused = take(&bucket, 1, "the first").await.unwrap_err();
        assert_eq!(refused.kind, expected);
        assert!(refused.message.contains(LOCATION), "{}", refused.message);
    }
}
