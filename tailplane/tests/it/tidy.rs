//! The rules of the house that no compiler checks: who may know whom, how files look.

use std::path::{Path, PathBuf};

/// Who may depend on whom: the direct edges of ARCHITECTURE.md, and no others.
const EDGES: [(&str, &[&str]); 10] = [
    ("proto", &[]),
    ("model", &["proto"]),
    ("storage", &["proto", "model"]),
    ("door", &["proto", "storage"]),
    ("ingest", &["proto", "model", "storage", "door"]),
    ("query", &["proto", "model", "storage"]),
    ("web", &["proto", "model", "query", "door", "storage"]),
    ("tailplane", &["proto", "model", "storage", "door", "ingest", "query", "web"]),
    ("benches", &["proto", "model", "storage", "door", "ingest", "query"]),
    ("benches/fuzz", &["proto", "model", "storage", "door", "ingest", "query"]),
];

/// Rooms that may use only some modules of storage.
const STORAGE_MODULES: [(&str, &[&str]); 2] = [("door", &["env"]), ("web", &["env", "documents", "ledger"])];

/// Rooms that never see each other, not even in tests: they meet in storage.
const STRANGERS: [&str; 2] = ["ingest", "query"];

/// Lines of a source file, its tests not counted.
const FILE_LINES_MAX: usize = 500;

fn house() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

fn manifest(room: &str) -> toml::Table {
    let path = house().join(room).join("Cargo.toml");
    std::fs::read_to_string(&path).expect("a manifest").parse().expect("it is TOML")
}

fn dependencies(manifest: &toml::Table, section: &str) -> Vec<String> {
    let known = |name: &&String| EDGES.iter().any(|(room, _)| room == name);
    let table = manifest.get(section).and_then(toml::Value::as_table);
    table.into_iter().flat_map(toml::Table::keys).filter(known).cloned().collect()
}

/// Every file below `folder` whose name ends in one of `endings`, build products left out.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    const NOT_OURS: [&str; 6] = ["target", "node_modules", "dist", ".git", ".venv", "tailplane-data"];
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() && !NOT_OURS.contains(&name.as_str()) {
            found.extend(files(&path, endings));
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
    found
}

fn sources(room: &str) -> Vec<(PathBuf, String)> {
    let found = files(&house().join(room).join("src"), &[".rs"]);
    found
        .into_iter()
        .map(|path| (path.clone(), std::fs::read_to_string(path).expect("a source file")))
        .collect()
}

/// The files of unit tests: `tests.rs`, and what lies in a folder `tests` or `testing`.
fn is_test(path: &Path) -> bool {
    path.components().any(|part| {
        ["tests.rs", "tests", "testing.rs", "testing"].iter().any(|name| part.as_os_str() == *name)
    })
}

#[test]
fn rooms_depend_on_each_other_as_the_architecture_says() {
    for (room, allowed) in EDGES {
        let manifest = manifest(room);
        for section in ["dependencies", "build-dependencies"] {
            for dependency in dependencies(&manifest, section) {
                assert!(allowed.contains(&dependency.as_str()), "{room} must not depend on {dependency}");
            }
        }
    }
    for [one, other] in [STRANGERS, [STRANGERS[1], STRANGERS[0]]] {
        let seen = dependencies(&manifest(one), "dev-dependencies");
        assert!(
            !seen.iter().any(|dependency| dependency == other),
            "{one} must not know {other}, not even in tests"
        );
    }
}

#[test]
fn every_room_is_in_the_table() {
    let workspace = manifest(".");
    let members = workspace["workspace"]["members"].as_array().expect("members");
    let members: Vec<&str> = members.iter().filter_map(toml::Value::as_str).collect();
    let mut rooms = EDGES.map(|(room, _)| room);
    let mut sorted = members.clone();
    rooms.sort_unstable();
    sorted.sort_unstable();
    assert_eq!(sorted, rooms);
}

#[test]
fn some_rooms_use_only_parts_of_storage() {
    for (room, allowed) in STORAGE_MODULES {
        for (path, text) in sources(room).iter().filter(|(path, _)| !is_test(path)) {
            for (place, _) in text.match_indices("storage::") {
                let begins_a_path = !text[..place]
                    .ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':');
                let rest = &text[place + "storage::".len()..];
                let ours = allowed.iter().any(|module| rest.starts_with(&format!("{module}::")));
                // `[`storage::env`]` in a doc comment and `use storage::env;` name the module itself.
                let itself = allowed.iter().any(|module| {
                    rest.starts_with(module)
                        && !rest[module.len()..]
                            .starts_with(|next: char| next.is_alphanumeric() || next == '_')
                });
                assert!(
                    !begins_a_path || ours || itself,
                    "{}: {room} may use only {allowed:?} of storage",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn source_files_are_small_and_say_what_they_are_for() {
    for (room, _) in EDGES {
        for (path, text) in sources(room) {
            let shown = path.display();
            assert!(
                path.file_name().is_some_and(|name| name != "mod.rs"),
                "{shown}: use foo.rs and foo/ instead"
            );
            if is_test(&path) {
                continue;
            }
            let lines = text.lines().count();
            assert!(lines <= FILE_LINES_MAX, "{shown} has {lines} lines, more than {FILE_LINES_MAX}");
            assert!(text.starts_with("//! "), "{shown}: the first line says the file's one job with //!");
        }
    }
}

#[test]
fn every_room_inherits_the_lints() {
    for (room, _) in EDGES {
        let manifest = manifest(room);
        let inherits =
            manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        assert_eq!(inherits, Some(true), "{room}/Cargo.toml needs [lints] workspace = true");
    }
}

#[test]
fn nothing_names_a_place_on_somebodys_machine() {
    // Put together here, so that this file does not name them either.
    let forbidden = ["work", "tmp", "home", "Users"].map(|folder| format!("/{folder}/"));
    let endings =
        [".rs", ".toml", ".md", ".ts", ".tsx", ".css", ".html", ".json", ".yml", ".yaml", ".sh", "Makefile"];
    for path in files(&house(), &endings) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for word in &forbidden {
            // `./home/` and `src/home/` are places in the house.
            let is_absolute =
                |before: &str| !before.ends_with(|last: char| last == '.' || last.is_alphanumeric());
            let names =
                |line: &str| line.match_indices(word.as_str()).any(|(at, _)| is_absolute(&line[..at]));
            let line = text.lines().position(names).map(|index| index + 1);
            assert_eq!(line, None, "{} names {word}", path.display());
        }
    }
}
