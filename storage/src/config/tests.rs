use std::path::PathBuf;

use bytesize::ByteSize;

use super::Config;

fn folder(url: &str) -> Result<PathBuf, String> {
    Config { url: url.to_owned(), ..Config::default() }.folder().map_err(|error| error.message)
}

#[test]
fn urls_name_folders() {
    assert_eq!(folder("./tailplane-data"), Ok(PathBuf::from("./tailplane-data")));
    assert_eq!(folder("file:///var/lib/tailplane"), Ok(PathBuf::from("/var/lib/tailplane")));
    for url in ["s3://bucket/spans", "file://relative", ""] {
        assert!(folder(url).is_err_and(|message| message.contains("storage.url")), "{url}");
    }
}

#[test]
fn contradictions_are_named() {
    let config = Config { flush_bytes: ByteSize::gib(9), ..Config::default() };
    assert!(config.folder().is_err_and(|error| error.message.contains("storage.live_bytes_max")));
}
