//! `docs/config.md` is written from the settings themselves: their doc comments and their defaults.
//!
//! The test fails when the file is not what it would write; `UPDATE=1 cargo test -p tailplane --test it
//! config_docs` writes it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::command::run;

/// The sections and the files that declare them, in the order of the page.
const SECTIONS: [(&str, &str); 7] = [
    ("storage", "storage/src/config.rs"),
    ("door", "door/src/config.rs"),
    ("ingest", "ingest/src/config.rs"),
    ("query", "query/src/config.rs"),
    ("web", "web/src/config.rs"),
    ("model", "tailplane/src/config/model.rs"),
    ("log", "tailplane/src/config/log.rs"),
];

const HEAD: &str = "# Settings

This page is written by a test from the source; edit the doc comments there.

One file, `tailplane.toml` in the current folder or the one `--config` names; then the environment, as
`TAILPLANE__SECTION__KEY`; then `--set section.key=value`. Later ones win. An unknown key is an error that names the
nearest one. `tailplane config --explain` prints the settings in effect and where each comes from.

Durations are written `\"250ms\"`, `\"60s\"`, `\"7d\"`; sizes `\"64MiB\"`, `\"2GiB\"`, or a number of bytes.
";

/// A setting as its source declares it.
#[derive(Debug, PartialEq)]
struct Setting {
    name: String,
    meaning: String,
}

fn house() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

/// The documented fields of the `Config` in `source`, and the comment of the struct itself.
fn scan(source: &str) -> (String, Vec<Setting>) {
    let (before, body) = source.split_once("struct Config {").expect("a struct Config");
    let comment_above =
        before.lines().rev().skip(1).take_while(|line| line.starts_with("///") || line.starts_with("#["));
    let mut summary: Vec<&str> = comment_above.filter_map(|line| line.strip_prefix("///")).collect();
    summary.reverse();
    let mut settings = Vec::new();
    let mut meaning = Vec::new();
    for line in body.lines().map(str::trim).take_while(|line| *line != "}") {
        if let Some(comment) = line.strip_prefix("///") {
            meaning.push(comment.trim());
        } else if let Some((name, _)) = line.strip_prefix("pub ").and_then(|field| field.split_once(':')) {
            settings.push(Setting { name: name.to_owned(), meaning: plain(&meaning.join(" ")) });
            meaning.clear();
        }
    }
    (plain(&summary.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")), settings)
}

/// A doc comment without its links to items.
fn plain(comment: &str) -> String {
    comment.replace("[`Self::", "`").replace("`]", "`").replace("[`", "`")
}

/// What `tailplane config --default` prints for a key, as TOML; `None` when it is not set.
fn default_of(defaults: &toml::Table, section: &str, name: &str) -> Option<String> {
    Some(defaults.get(section)?.get(name)?.to_string())
}

fn page() -> String {
    let printed = run(&["config", "--default"]);
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    let defaults: toml::Table = printed.stdout.parse().expect("it prints TOML");
    let mut page = HEAD.to_owned();
    for (section, file) in SECTIONS {
        let source = std::fs::read_to_string(house().join(file)).expect("the section's source");
        let (summary, settings) = scan(&source);
        let known = defaults[section].as_table().expect("a section");
        let unknown = known.keys().find(|key| !settings.iter().any(|setting| setting.name == **key));
        assert_eq!(unknown, None, "{file} documents every key");
        write!(page, "\n## [{section}]\n\n{summary}\n\n| key | default | meaning |\n|---|---|---|\n")
            .expect("a string");
        for Setting { name, meaning } in settings {
            assert!(!meaning.is_empty(), "{file}: {name} needs a doc comment");
            let default = default_of(&defaults, section, &name)
                .map_or_else(|| "not set".to_owned(), |text| format!("`{text}`"));
            writeln!(page, "| `{section}.{name}` | {default} | {} |", meaning.replace('|', "\\|"))
                .expect("a string");
        }
    }
    page
}

#[test]
fn the_settings_page_is_current() {
    let (path, page) = (house().join("docs/config.md"), page());
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, &page).expect("the page is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/config.md is stale: UPDATE=1 cargo test -p tailplane --test it config_docs"
    );
}

#[test]
fn the_scanner_reads_comments_and_fields() {
    let source = "/// Where spans are kept.\n#[derive(Debug)]\npub struct Config {\n    /// A folder, see\n    /// [`Self::other`].\n    \
                  pub url: String,\n    #[serde(default)]\n    /// Second.\n    pub other: u64,\n}\n";
    let (summary, settings) = scan(source);
    assert_eq!(summary, "Where spans are kept.");
    let expected = [("url", "A folder, see `other`."), ("other", "Second.")];
    let expected =
        expected.map(|(name, meaning)| Setting { name: name.to_owned(), meaning: meaning.to_owned() });
    assert_eq!(settings, expected);
}
