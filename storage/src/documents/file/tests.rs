use proptest::prelude::*;
use tempfile::tempdir;

use super::*;
use crate::env::Env;

fn documents(folder: &Path, is_writable: bool) -> Documents {
    let stores = TableStores {
        folder: folder.to_owned(),
        remote: None,
        requests: Arc::default(),
        cache: None,
        lease: None,
        env: Env::system(),
        is_writable,
    };
    Documents::open(&stores).unwrap()
}

#[tokio::test]
async fn a_document_is_there_whole_or_is_refused() {
    let folder = tempdir().unwrap();
    let kept = documents(folder.path(), true);
    assert_eq!(kept.read::<Vec<u32>>("a.json").await.unwrap(), None);
    kept.write("a.json", &vec![1, 2]).await.unwrap();
    kept.write("a.json", &vec![3]).await.unwrap();
    let again = documents(folder.path(), true);
    assert_eq!(again.read::<Vec<u32>>("a.json").await.unwrap(), Some(vec![3]));

    let path = folder.path().join("documents/a.json");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let error = again.read::<Vec<u32>>("a.json").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Corrupt);
    assert!(error.message.contains("documents/a.json"), "{error}");
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(again.read::<Vec<String>>("a.json").await.unwrap_err().kind, ErrorKind::Corrupt);
}

#[tokio::test]
async fn a_reader_writes_nothing_and_makes_no_folder() {
    let folder = tempdir().unwrap();
    let reader = documents(folder.path(), false);
    assert_eq!(reader.read::<u32>("a.json").await.unwrap(), None);
    assert_eq!(reader.write("a.json", &1).await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn what_is_too_large_is_refused_and_a_newer_version_is_named() {
    let folder = tempdir().unwrap();
    let kept = documents(folder.path(), true);
    let error = kept.write("a.json", &"x".repeat(BYTES_MAX)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge);
    let body = b"[4]";
    let newer = format!("{MAGIC} 2 {} {:08x}\n[4]", body.len(), checksum(2, body));
    std::fs::write(folder.path().join("documents/a.json"), newer).unwrap();
    let error = kept.read::<Vec<u32>>("a.json").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.message.contains("format version 2") && !error.message.contains('\n'), "{error}");
}

proptest! {
    #[test]
    fn no_flipped_bit_passes(body in prop::collection::vec(any::<u8>(), 0..80), at in any::<prop::sample::Index>(), bit in 0..8) {
        let mut bytes = encode(&body);
        prop_assert_eq!(body_of(&bytes), Ok(&body[..]));
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        // The digits of the checksum may be of either case.
        prop_assert!(bytes[at].is_ascii_uppercase() || matches!(body_of(&bytes), Err(Fault::Damaged(_))));
    }
}
