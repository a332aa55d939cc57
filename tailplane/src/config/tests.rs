use std::io::Write;

use super::{Config, Settings};
use crate::cli::SettingsArgs;

fn load(file: &str, environment: &[(&str, &str)], set: &[&str]) -> Result<Settings, String> {
    let mut written = tempfile::NamedTempFile::new().expect("a temporary file");
    written.write_all(file.as_bytes()).expect("it can be written");
    let arguments = SettingsArgs {
        config: Some(written.path().to_owned()),
        set: set.iter().map(|text| (*text).to_owned()).collect(),
    };
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::load(&arguments, environment).map_err(|error| error.to_string())
}

fn fault(file: &str, environment: &[(&str, &str)], set: &[&str]) -> String {
    load(file, environment, set).map(|settings| settings.config).expect_err("settings that cannot be used")
}

#[test]
fn later_layers_win() {
    let file = "[storage]\nurl = 'from-file'\nflush_interval = '10s'\nflush_bytes = '1MiB'\n";
    let environment =
        [("TAILPLANE__STORAGE__FLUSH_INTERVAL", "20s"), ("TAILPLANE__STORAGE__FLUSH_BYTES", "2MiB")];
    let settings = load(file, &environment, &["storage.flush_bytes=3MiB"]).expect("valid settings");
    assert_eq!(settings.config.storage.url, "from-file");
    assert_eq!(settings.config.storage.flush_interval.as_secs(), 20);
    assert_eq!(settings.config.storage.flush_bytes.as_u64(), 3 << 20);
    assert!(settings.is_set("storage.url") && !settings.is_set("storage.retention"));

    let explained = settings.to_toml(true);
    for line in [
        "flush_bytes = \"3MiB\"  # --set storage.flush_bytes=3MiB",
        "flush_interval = \"20s\"  # environment variable TAILPLANE__STORAGE__FLUSH_INTERVAL",
        "retention = \"7days\"  # default",
        "# max_bytes is not set",
    ] {
        assert!(explained.contains(line), "{line} is not in\n{explained}");
    }
}

#[test]
fn the_printed_defaults_are_the_defaults() {
    let printed = load("", &[], &[]).expect("no settings are valid").to_toml(false);
    let settings = load(&printed, &[], &[]).expect("the defaults are valid");
    assert_eq!(settings.config, Config::default());
    assert_eq!(settings.to_toml(false), printed);
}

#[test]
fn unknown_keys_are_named_with_their_origin_and_the_nearest_key() {
    let message = fault("[storage]\nflush_intervall = '1s'\n", &[], &[]);
    assert!(
        message.contains("storage.flush_intervall (")
            && message.contains("nearest is storage.flush_interval;"),
        "{message}"
    );
    let message = fault("", &[("TAILPLANE__STORAGE__RETENTON", "1d")], &[]);
    assert!(message.contains("environment variable TAILPLANE__STORAGE__RETENTON"), "{message}");
    assert!(message.contains("nearest is storage.retention;"), "{message}");
    let message = fault("", &[], &["flush_bytes=1MiB"]);
    assert!(message.contains("nearest is storage.flush_bytes;"), "{message}");
    let message = fault("[sotrage]\nurl = 'x'\nflush_bytes = 1\n", &[], &[]);
    assert_eq!(message.lines().count(), 2, "{message}");
}

#[test]
fn values_of_the_wrong_kind_are_explained() {
    let message = fault("[storage]\nflush_bytes = 'many'\n", &[], &[]);
    assert!(message.contains("storage.flush_bytes is") && message.contains("\"64MiB\""), "{message}");
    let message = fault("", &[], &["storage.flush_interval=60"]);
    assert!(
        message.contains("--set storage.flush_interval=60") && message.contains("\"250ms\""),
        "{message}"
    );
    let message = fault("", &[], &["log.format=xml"]);
    assert!(message.contains("text, json"), "{message}");
    let message = fault("", &[], &["log.level=loud=very=much"]);
    assert!(message.contains("log.level") && message.contains("info,storage=debug"), "{message}");
    let message = fault("", &[], &["storage.flush_bytes=9GiB"]);
    assert!(message.contains("storage.live_bytes_max"), "{message}");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let message = fault("[storage\nurl = 1", &[], &[]);
    assert!(message.contains("line 1"), "{message}");
    let arguments = SettingsArgs { config: Some("no-such-file.toml".into()), set: Vec::new() };
    let error = Settings::load(&arguments, std::iter::empty()).map(|_| ()).expect_err("no such file");
    assert!(error.to_string().contains("no-such-file.toml"));
    assert!(fault("", &[], &["storage.url"]).contains("key=value"));
}

#[test]
fn tenants_have_settings_of_their_own_from_every_layer() {
    let file = "[storage.tenants.prod]\nretention = '3d'\n[storage.tenants.Dev-1]\nmax_bytes = '5 GiB'\n";
    let environment = [("TAILPLANE__STORAGE__TENANTS__PROD__MAX_BYTES", "1GiB")];
    let set = ["storage.tenants.Dev-1.retention=12h"];
    let settings = load(file, &environment, &set).expect("valid settings");
    let of = |name: &str| settings.config.storage.tenants[name];
    let said = |name: &str| {
        (of(name).retention.map(|age| age.as_secs()), of(name).max_bytes.map(|size| size.as_u64()))
    };
    assert_eq!(said("prod"), (Some(3 * 86_400), Some(1 << 30)));
    assert_eq!(said("Dev-1"), (Some(12 * 3600), Some(5 << 30)));
    let printed = settings.to_toml(false);
    assert_eq!(load(&printed, &[], &[]).expect("what is printed can be read").config, settings.config);

    for (file, expected) in [
        ("[storage.tenants.a]\nretentoin = '3d'\n", "retentoin"),
        ("[storage.tenants.a]\nretention = 'long'\n", "storage.tenants.a.retention is"),
        ("[storage.tenants.a]\nretention = '0s'\n", "storage.tenants.a.retention is 0"),
        ("[storage.tenants.'a b']\nretention = '1d'\n", "storage.tenants.a b"),
        ("[storage.tenants]\na = 3\n", "retention, max_bytes"),
    ] {
        let message = fault(file, &[], &[]);
        assert!(message.contains(expected), "{message}");
    }
}
