use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;

use super::{Config, ObjectStoreOptions, TenantConfig};

fn folder(url: &str) -> Result<PathBuf, String> {
    Config { url: url.to_owned(), ..Config::default() }.folder().map_err(|error| error.message)
}

#[test]
fn urls_name_folders() {
    assert_eq!(folder("./tailplane-data"), Ok(PathBuf::from("./tailplane-data")));
    assert_eq!(folder("file:///var/lib/tailplane"), Ok(PathBuf::from("/var/lib/tailplane")));
    for url in ["gs://bucket/spans", "s3://", "s3:///spans", "file://relative", ""] {
        assert!(folder(url).is_err_and(|message| message.contains("storage.url")), "{url}");
    }
}

#[test]
fn a_bucket_leaves_the_log_on_a_local_disk() {
    let local_folder = PathBuf::from("/var/lib/tailplane");
    let config = Config {
        url: "s3://bucket/prefix".to_owned(),
        local_folder: local_folder.clone(),
        ..Config::default()
    };
    assert_eq!(config.folder().unwrap(), local_folder);
}

#[test]
fn options_of_object_stores_are_not_shown() {
    let options = ObjectStoreOptions([("aws_secret_access_key".to_owned(), "hunter2".to_owned())].into());
    let shown = format!("{options:?}");
    assert!(shown.contains("aws_secret_access_key") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn contradictions_are_named() {
    let config = Config { flush_bytes: ByteSize::gib(9), ..Config::default() };
    assert!(config.folder().is_err_and(|error| error.message.contains("storage.live_bytes_max")));
}

#[test]
fn what_a_tenant_cannot_have_is_named() {
    let fault = |name: &str, own: TenantConfig| {
        let config = Config { tenants: [(name.to_owned(), own)].into(), ..Config::default() };
        config.folder().map(drop).map_err(|error| error.message)
    };
    let own = TenantConfig { retention: Some(Duration::from_secs(1)), max_bytes: Some(ByteSize(1)) };
    assert_eq!(fault("prod-1", own), Ok(()));
    let cases = [
        ("../etc", own, "storage.tenants.../etc"),
        ("a", TenantConfig { retention: Some(Duration::ZERO), ..own }, "storage.tenants.a.retention is 0"),
        ("a", TenantConfig { max_bytes: Some(ByteSize(0)), ..own }, "storage.tenants.a.max_bytes is 0"),
    ];
    for (name, own, expected) in cases {
        let message = fault(name, own).unwrap_err();
        assert!(message.contains(expected), "{message}");
    }
}
