use object_store::ObjectStoreExt;
use object_store::memory::InMemory;

use super::*;

/// A store with a file of ten bytes, of which a query may read `bytes_max`.
async fn store(bytes_max: u64) -> (CountedStore, Arc<Reads>, ObjectPath) {
    let (files, path) = (InMemory::new(), ObjectPath::from("file"));
    files.put(&path, vec![7; 10].into()).await.unwrap();
    let reads = Arc::new(Reads::new(Progress::default(), bytes_max));
    let url = ObjectStoreUrl::parse("tailplane://here").unwrap();
    (CountedStore::new(Arc::new(files), url, Arc::clone(&reads)), reads, path)
}

#[tokio::test]
async fn what_is_read_counts_and_what_is_looked_at_does_not() {
    let (store, reads, path) = store(1_000).await;
    store.head(&path).await.unwrap();
    assert_eq!(reads.bytes(), 0);
    store.get(&path).await.unwrap();
    store.get_range(&path, 2..5).await.unwrap();
    store.get_ranges(&path, &[0..1, 4..6]).await.unwrap();
    assert_eq!(reads.bytes(), 10 + 3 + 3);
    assert!(reads.refusal().is_none());
}

#[tokio::test]
async fn what_is_read_of_row_groups_is_progress() {
    let (store, reads, path) = store(1_000).await;
    reads.progress().will_read("tailplane://here/file".to_owned(), 10, 1_000);
    store.get_range(&path, 8..10).await.unwrap();
    assert_eq!(reads.progress().seen().rows_read, 0, "a footer");
    store.get_ranges(&path, &[0..1, 4..6]).await.unwrap();
    assert_eq!(reads.progress().seen().rows_read, 600);
}

#[tokio::test]
async fn beyond_the_limit_reading_ends_and_says_why() {
    let (store, reads, path) = store(12).await;
    store.get_ranges(&path, &[0..10, 0..2]).await.unwrap();
    let error = store.get_range(&path, 0..1).await.unwrap_err();
    assert!(error.to_string().contains("more of files than the 12 B of query.read_bytes_max"), "{error}");
    let refusal = reads.refusal().unwrap();
    assert_eq!(refusal.kind, ErrorKind::TooLarge);
}

#[tokio::test]
async fn a_query_writes_nothing() {
    let (store, _, path) = store(1_000).await;
    assert!(store.put(&path, vec![1].into()).await.is_err());
    assert!(store.delete(&path).await.is_err());
    assert!(store.copy(&path, &ObjectPath::from("other")).await.is_err());
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), vec![7; 10]);
}
