//! The store behaves as object_store's own does, and leaves nothing half-written behind.

use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use tempfile::TempDir;

use super::*;

fn path(text: &str) -> ObjectPath {
    ObjectPath::from(text)
}

fn open(folder: &TempDir) -> DurableLocalStore {
    DurableLocalStore::open(folder.path(), Env::system()).unwrap()
}

async fn names(store: &dyn ObjectStore) -> Vec<String> {
    let mut names: Vec<String> =
        store.list(None).map_ok(|meta| meta.location.to_string()).try_collect().await.unwrap();
    names.sort();
    names
}

async fn text(store: &dyn ObjectStore, name: &str) -> String {
    let bytes = store.get(&path(name)).await.unwrap().bytes().await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What every store must do; run on object_store's own and on ours.
pub(super) async fn behaves(store: &dyn ObjectStore) {
    let create = || PutOptions::from(PutMode::Create);
    store.put_opts(&path("a/b/one"), "first".into(), create()).await.unwrap();
    let again = store.put_opts(&path("a/b/one"), "second".into(), create()).await;
    assert!(matches!(again, Err(StoreError::AlreadyExists { .. })), "{again:?}");
    assert_eq!(text(store, "a/b/one").await, "first");

    store.put(&path("a/b/one"), "third".into()).await.unwrap();
    assert_eq!(text(store, "a/b/one").await, "third");

    store.copy(&path("a/b/one"), &path("c/two")).await.unwrap();
    store.copy(&path("a/b/one"), &path("c/two")).await.unwrap();
    let taken = store.copy_if_not_exists(&path("a/b/one"), &path("c/two")).await;
    assert!(matches!(taken, Err(StoreError::AlreadyExists { .. })), "{taken:?}");
    let absent = store.copy(&path("nowhere"), &path("c/three")).await;
    assert!(matches!(absent, Err(StoreError::NotFound { .. })), "{absent:?}");

    store.rename(&path("c/two"), &path("d/three")).await.unwrap();
    let taken = store.rename_if_not_exists(&path("a/b/one"), &path("d/three")).await;
    assert!(matches!(taken, Err(StoreError::AlreadyExists { .. })), "{taken:?}");
    assert_eq!(text(store, "d/three").await, "third");

    let mut upload = store.put_multipart(&path("e/parts")).await.unwrap();
    let (one, two) = (upload.put_part("one,".into()), upload.put_part("two".into()));
    two.await.unwrap();
    one.await.unwrap();
    assert_eq!(names(store).await, ["a/b/one", "d/three"], "a file shows before it is complete");
    upload.complete().await.unwrap();
    assert_eq!(text(store, "e/parts").await, "one,two");
    let mut upload = store.put_multipart(&path("e/given-up")).await.unwrap();
    upload.put_part("one,".into()).await.unwrap();
    upload.abort().await.unwrap();

    store.delete(&path("a/b/one")).await.unwrap();
    let gone = store.get(&path("a/b/one")).await;
    assert!(matches!(gone, Err(StoreError::NotFound { .. })));
    assert_eq!(names(store).await, ["d/three", "e/parts"]);
    let listed = store.list_with_delimiter(None).await.unwrap();
    assert_eq!(listed.common_prefixes.len(), 4, "{:?}", listed.common_prefixes);
}

#[tokio::test]
async fn behaves_as_the_stock_local_store() {
    let folder = TempDir::new().unwrap();
    behaves(&LocalFileSystem::new_with_prefix(folder.path()).unwrap()).await;
}

#[tokio::test]
async fn behaves_and_leaves_nothing_staged() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    behaves(&store).await;
    assert_eq!(store.folder.recover().unwrap(), 0);
}

#[tokio::test]
async fn a_refused_put_leaves_nothing_staged() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    store.put(&path("folder/file"), "x".into()).await.unwrap();
    assert!(store.put(&path("folder"), "a name that is a folder".into()).await.is_err());
    assert!(store.put(&path("folder/file/below"), "a folder that is a file".into()).await.is_err());
    assert_eq!(store.folder.recover().unwrap(), 0);
    assert_eq!(names(&store).await, ["folder/file"]);
}

#[tokio::test]
async fn staged_files_are_hidden_and_go_at_the_next_start() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    store.put(&path("x/kept"), "kept".into()).await.unwrap();
    let mut upload = store.put_multipart(&path("x/torn")).await.unwrap();
    upload.put_part("half".into()).await.unwrap();
    drop(upload);
    assert_eq!(names(&store).await, ["x/kept"]);
    assert_eq!(std::fs::read_dir(folder.path().join("x")).unwrap().count(), 2);

    let reopened = open(&folder);
    assert_eq!(names(&reopened).await, ["x/kept"]);
    assert_eq!(std::fs::read_dir(folder.path().join("x")).unwrap().count(), 1);
}

#[tokio::test]
async fn makes_its_folder_and_tells_when_it_cannot() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("data/spans");
    let store = DurableLocalStore::open(&root, Env::system()).unwrap();
    store.put(&path("file"), "x".into()).await.unwrap();
    assert!(root.join("file").is_file());

    let error = DurableLocalStore::open(&root.join("file"), Env::system()).unwrap_err();
    assert!(error.message.contains("file"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_creators_wins() {
    let folder = TempDir::new().unwrap();
    let store = Arc::new(open(&folder));
    let puts = (0..32).map(|writer| {
        let store = Arc::clone(&store);
        Env::system().spawn(async move {
            let payload = PutPayload::from(format!("writer {writer}"));
            store.put_opts(&path("log/1"), payload, PutMode::Create.into()).await.is_ok()
        })
    });
    let won = futures::future::join_all(puts).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
    assert_eq!(won, 1);
    assert_eq!(store.folder.recover().unwrap(), 0);
}
