use tempfile::tempdir;

use super::*;

const LIMITS: NotebookLimits = NotebookLimits { notebooks_max: 2, revisions_max: 3, bytes_max: 1_000 };

fn open(folder: &std::path::Path, is_writable: bool) -> Notebooks {
    let stores = TableStores {
        folder: folder.to_owned(),
        remote: None,
        requests: Arc::default(),
        cache: None,
        lease: None,
        env: Env::system(),
        is_writable,
    };
    Notebooks::open(&stores, LIMITS).unwrap()
}

fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

fn heading(title: &str) -> Heading {
    Heading { title: title.to_owned(), about: "about it".to_owned(), tags: vec!["etcd".to_owned()] }
}

fn body(text: &str) -> Box<RawValue> {
    RawValue::from_string(format!(r#"{{ "text":  "{text}"}}"#)).unwrap()
}

fn saved(saved: Option<Saved>) -> Notebook {
    match saved {
        Some(Saved::As(notebook)) => notebook,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_save_is_a_revision_that_survives_a_restart_as_it_was_written() {
    let folder = tempdir().unwrap();
    let (notebooks, of) = (open(folder.path(), true), tenant("a"));
    assert_eq!(notebooks.list(&of).await.unwrap(), []);
    let first = notebooks.create(&of, heading("One"), body("1")).await.unwrap();
    assert_eq!(first.revision, 1);
    let second = notebooks.save(&of, first.id, 1, heading("Two"), body("2")).await.unwrap();
    assert_eq!(saved(second).revision, 2);

    let again = open(folder.path(), true);
    let summary = again.summary(&of, first.id).await.unwrap().unwrap();
    assert_eq!(summary.heading, heading("Two"));
    assert_eq!(summary.revisions.iter().map(|kept| kept.revision).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(again.list(&of).await.unwrap(), [summary]);
    let read = async |revision| again.read(&of, first.id, revision).await.unwrap();
    assert_eq!(read(None).await.unwrap().body.get(), body("2").get(), "spaces and all");
    let old = read(Some(1)).await.unwrap();
    assert_eq!((old.body.get(), old.updated_at), (body("1").get(), first.updated_at));
    assert!(read(Some(3)).await.is_none());
}

#[tokio::test]
async fn whoever_comes_second_is_told_what_the_first_saved() {
    let folder = tempdir().unwrap();
    let (notebooks, of) = (open(folder.path(), true), tenant("a"));
    let id = notebooks.create(&of, heading("One"), body("1")).await.unwrap().id;
    saved(notebooks.save(&of, id, 1, heading("One"), body("theirs")).await.unwrap());
    match notebooks.save(&of, id, 1, heading("One"), body("mine")).await.unwrap() {
        Some(Saved::Conflict(latest)) => {
            assert_eq!((latest.revision, latest.body.get()), (2, body("theirs").get()));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(notebooks.summary(&of, id).await.unwrap().unwrap().revisions.len(), 2);
    assert_eq!(saved(notebooks.save(&of, id, 2, heading("One"), body("mine")).await.unwrap()).revision, 3);
}

#[tokio::test]
async fn a_tenant_sees_and_changes_only_its_own() {
    let folder = tempdir().unwrap();
    let notebooks = open(folder.path(), true);
    let id = notebooks.create(&tenant("a"), heading("One"), body("1")).await.unwrap().id;
    let other = tenant("b");
    assert_eq!(notebooks.list(&other).await.unwrap(), []);
    assert!(notebooks.read(&other, id, None).await.unwrap().is_none());
    assert!(notebooks.save(&other, id, 1, heading("Mine"), body("2")).await.unwrap().is_none());
    assert!(notebooks.remove(&other, id).await.unwrap().is_none());
    assert!(notebooks.read(&tenant("a"), id, None).await.unwrap().is_some());
}

#[tokio::test]
async fn the_oldest_revision_makes_room_and_its_file_goes() {
    let folder = tempdir().unwrap();
    let (notebooks, of) = (open(folder.path(), true), tenant("a"));
    let id = notebooks.create(&of, heading("One"), body("1")).await.unwrap().id;
    for revision in 1..5 {
        saved(notebooks.save(&of, id, revision, heading("One"), body("more")).await.unwrap());
    }
    let summary = notebooks.summary(&of, id).await.unwrap().unwrap();
    assert_eq!(summary.revisions.iter().map(|kept| kept.revision).collect::<Vec<_>>(), [5, 4, 3]);
    assert!(notebooks.read(&of, id, Some(2)).await.unwrap().is_none());
    let files = || {
        let files = std::fs::read_dir(folder.path().join("documents/notebooks").join(id.to_string()));
        files.map_or(0, |files| files.count())
    };
    assert_eq!(files(), 3);
    assert_eq!(notebooks.remove(&of, id).await.unwrap(), Some(summary));
    assert_eq!(files(), 0);
    assert_eq!(open(folder.path(), true).list(&of).await.unwrap(), []);
}

#[tokio::test]
async fn there_are_no_more_and_none_larger_than_is_allowed() {
    let folder = tempdir().unwrap();
    let (notebooks, of) = (open(folder.path(), true), tenant("a"));
    let large = body(&"x".repeat(1_000));
    let error = notebooks.create(&of, heading("One"), large.clone()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge);
    assert!(error.message.contains("storage.notebook_bytes_max allows 1000"), "{error}");
    let id = notebooks.create(&of, heading("One"), body("1")).await.unwrap().id;
    assert_eq!(
        notebooks.save(&of, id, 1, heading("One"), large).await.unwrap_err().kind,
        ErrorKind::TooLarge
    );
    notebooks.create(&tenant("b"), heading("Two"), body("2")).await.unwrap();
    let error = notebooks.create(&of, heading("Three"), body("3")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge);
    assert!(error.message.contains("storage.notebooks_max allows 2"), "{error}");
}

#[tokio::test]
async fn a_reader_sees_what_another_process_saves_and_saves_nothing() {
    let folder = tempdir().unwrap();
    let (writer, reader, of) = (open(folder.path(), true), open(folder.path(), false), tenant("a"));
    assert_eq!(reader.list(&of).await.unwrap(), []);
    let id = writer.create(&of, heading("One"), body("1")).await.unwrap().id;
    assert_eq!(reader.list(&of).await.unwrap().len(), 1);
    saved(writer.save(&of, id, 1, heading("One"), body("2")).await.unwrap());
    assert_eq!(reader.read(&of, id, None).await.unwrap().unwrap().body.get(), body("2").get());
    let error = reader.save(&of, id, 2, heading("One"), body("3")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn damage_is_told_and_stops_nobody_else() {
    let folder = tempdir().unwrap();
    let (notebooks, of) = (open(folder.path(), true), tenant("a"));
    let damaged = notebooks.create(&of, heading("One"), body("1")).await.unwrap().id;
    let whole = notebooks.create(&of, heading("Two"), body("2")).await.unwrap().id;
    let file = folder.path().join("documents").join(file_name(damaged, 1));
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    assert_eq!(notebooks.read(&of, damaged, None).await.unwrap_err().kind, ErrorKind::Corrupt);
    assert!(notebooks.read(&of, whole, None).await.unwrap().is_some());
    std::fs::remove_file(&file).unwrap();
    let error = notebooks.read(&of, damaged, None).await.unwrap_err();
    assert!(error.message.contains("is gone, though notebooks.json names it"), "{error}");
    assert!(notebooks.remove(&of, damaged).await.unwrap().is_some(), "and it can be removed");

    let index = folder.path().join("documents").join(INDEX);
    std::fs::write(&index, "tailplane-document 1 2 00000000\n{}").unwrap();
    let again = open(folder.path(), true);
    assert_eq!(again.list(&of).await.unwrap_err().kind, ErrorKind::Corrupt);
    let error = again.create(&of, heading("Three"), body("3")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Corrupt, "nothing is written over it");
}
