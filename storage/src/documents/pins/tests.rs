use tempfile::tempdir;

use super::*;

fn stores(folder: &std::path::Path, is_writable: bool) -> TableStores {
    TableStores {
        folder: folder.to_owned(),
        remote: None,
        requests: Arc::default(),
        cache: None,
        lease: None,
        env: Env::system(),
        is_writable,
    }
}

fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

fn trace(number: u8) -> TraceId {
    TraceId([number; 16])
}

async fn listed(pins: &Pins, name: &str) -> Vec<TraceId> {
    pins.list(&tenant(name)).await.unwrap().into_iter().map(|pin| pin.trace_id).collect()
}

#[tokio::test]
async fn pins_are_of_a_tenant_and_survive_a_restart() {
    let folder = tempdir().unwrap();
    let pins = Pins::open(&stores(folder.path(), true), 10).await.unwrap();
    let pinned = pins.pin(&tenant("a"), trace(7)).await.unwrap();
    pins.pin(&tenant("a"), trace(3)).await.unwrap();
    pins.pin(&tenant("b"), trace(7)).await.unwrap();
    assert_eq!(pins.pin(&tenant("a"), trace(7)).await.unwrap(), pinned, "it stays as it is");
    assert_eq!(pins.unpin(&tenant("a"), trace(4)).await.unwrap(), None);
    assert!(!pins.hold().await.have_leftovers());
    assert!(pins.unpin(&tenant("b"), trace(7)).await.unwrap().is_some());

    let again = Pins::open(&stores(folder.path(), true), 10).await.unwrap();
    assert_eq!(listed(&again, "a").await, [trace(3), trace(7)]);
    assert_eq!(listed(&again, "b").await, []);
    let numbers = [3, 7].map(|number| u128::from_be_bytes([number; 16]));
    assert_eq!(*again.traces_of(&tenant("a")), numbers);
    assert_eq!(again.list(&tenant("a")).await.unwrap()[1], pinned);
    let held = again.hold().await;
    assert!(held.have_leftovers(), "what was kept for the one that is pinned no more");
    held.clear_leftovers().await.unwrap();
    drop(held);
    let again = Pins::open(&stores(folder.path(), true), 10).await.unwrap();
    assert!(!again.hold().await.have_leftovers() && again.count() == 2);
}

#[tokio::test]
async fn there_are_no_more_than_are_allowed() {
    let folder = tempdir().unwrap();
    let pins = Pins::open(&stores(folder.path(), true), 2).await.unwrap();
    pins.pin(&tenant("a"), trace(1)).await.unwrap();
    pins.pin(&tenant("b"), trace(2)).await.unwrap();
    let error = pins.pin(&tenant("a"), trace(3)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge);
    assert!(error.message.contains("storage.pins_max allows 2"), "{error}");
    pins.pin(&tenant("a"), trace(1)).await.unwrap();
    pins.unpin(&tenant("b"), trace(2)).await.unwrap();
    pins.pin(&tenant("a"), trace(3)).await.unwrap();
}

#[tokio::test]
async fn a_reader_sees_what_another_process_pins_and_pins_nothing() {
    let folder = tempdir().unwrap();
    let writer = Pins::open(&stores(folder.path(), true), 2).await.unwrap();
    let reader = Pins::open(&stores(folder.path(), false), 2).await.unwrap();
    writer.pin(&tenant("a"), trace(1)).await.unwrap();
    assert_eq!(listed(&reader, "a").await, [trace(1)]);
    assert_eq!(reader.pin(&tenant("a"), trace(2)).await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(listed(&writer, "a").await, [trace(1)]);
}

#[tokio::test]
async fn damaged_pins_are_not_taken_for_none() {
    let folder = tempdir().unwrap();
    let pins = Pins::open(&stores(folder.path(), true), 2).await.unwrap();
    pins.pin(&tenant("a"), trace(1)).await.unwrap();
    std::fs::write(folder.path().join("documents/pins.json"), "{}").unwrap();
    let error = Pins::open(&stores(folder.path(), true), 2).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Corrupt);
}
