//! What the server said, as files, and what follows from it, as it is printed: `tests/doctoring/cases`. `UPDATE=1` writes
//! the latter anew.

use std::path::{Path, PathBuf};

use model::Component;
use serde::Deserialize;

use super::*;
use crate::cli::{DoctorFormat, SENDING};

/// One file.
#[derive(Deserialize)]
struct Case {
    /// What `--component` names.
    components: Vec<String>,
    test_span: Option<TestSpan>,
    said: Said,
}

fn house(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn cases() -> Vec<(PathBuf, Case)> {
    let folder = house("tests/doctoring/cases").read_dir().unwrap();
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    assert_eq!(paths.len(), 7);
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, case)
    };
    paths.into_iter().map(read).collect()
}

fn diagnosis(case: &Case) -> Diagnosis {
    let named = |name: &String| SENDING.into_iter().find(|component| component.name() == name).unwrap();
    let components: Vec<Component> = case.components.iter().map(named).collect();
    Diagnosis::new(
        "http://127.0.0.1:4319",
        &case.said,
        case.test_span.clone(),
        &[],
        &Expected::new(&components),
    )
}

#[test]
fn what_was_said_is_what_is_printed() {
    for (path, case) in cases() {
        let printed = report::print(&diagnosis(&case), DoctorFormat::Table).unwrap() + "\n";
        let expected = path.with_extension("txt");
        if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
            std::fs::write(&expected, &printed).unwrap();
        }
        assert_eq!(printed, std::fs::read_to_string(&expected).unwrap(), "{}", path.display());
    }
}

#[test]
fn the_exit_code_follows_faults_alone() {
    let well: Vec<String> = cases()
        .iter()
        .filter(|(_, case)| diagnosis(case).well)
        .map(|(path, _)| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(well, ["managed_plane", "reader", "well"]);
}

#[test]
fn programs_get_the_same() {
    for (path, case) in cases() {
        let diagnosis = diagnosis(&case);
        let json = report::print(&diagnosis, DoctorFormat::Json).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["well"], diagnosis.well, "{}", path.display());
        let rows = if case.said.info.query_only.is_some() { 0 } else { 6 };
        assert_eq!(json["components"].as_array().unwrap().len(), rows);
        assert_eq!(json["findings"].as_array().unwrap().len(), diagnosis.findings.len());
        assert_eq!(json["now"], case.said.info.now.to_string(), "times are text");
    }
}

/// The anchors of a page, as they are made of its headings.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
    let word = |character: char| character.is_ascii_alphanumeric() || character == '-';
    headings.map(|heading| heading.to_lowercase().replace(' ', "-").replace(|each| !word(each), "")).collect()
}

#[test]
fn every_finding_leads_to_a_section_that_is_there_and_names_settings_that_are() {
    let runbook = std::fs::read_to_string(house("../docs/runbook.md")).unwrap();
    let settings = std::fs::read_to_string(house("../docs/config.md")).unwrap();
    let anchors = anchors(&runbook);
    assert!(anchors.iter().any(|known| section::CERTIFICATE.ends_with(&format!("#{known}"))));
    let mut sections = Vec::new();
    for (path, case) in cases() {
        for finding in diagnosis(&case).findings {
            let (page, anchor) = finding.see.split_once('#').unwrap();
            assert_eq!(page, "docs/runbook.md");
            assert!(
                anchors.iter().any(|known| known == anchor),
                "{anchor} is not in {page}: {}",
                path.display()
            );
            sections.push(anchor);
        }
    }
    sections.sort_unstable();
    sections.dedup();
    assert_eq!(sections.len(), 10, "every section is led to by a case: {sections:?}");
    for (_, remedy) in counts::REMEDIES {
        let words = remedy.split([' ', ',', ';']).filter(|word| word.starts_with("ingest."));
        words.for_each(|key| assert!(settings.contains(&format!("`{key}`")), "{key} is no setting"));
    }
}

#[test]
fn the_port_of_spans_follows_from_the_servers_host() {
    let address = |server: &str, otlp: Option<&str>| {
        let arguments = DoctorArgs {
            server: server.to_owned(),
            otlp: otlp.map(str::to_owned),
            components: Vec::new(),
            access: crate::cli::AccessArgs::default(),
            format: DoctorFormat::Table,
        };
        otlp::address(&arguments).map_err(|error| error.to_string())
    };
    assert_eq!(address("http://127.0.0.1:4319", None).unwrap(), "http://127.0.0.1:4318");
    assert_eq!(address("https://[::1]:4319/", None).unwrap(), "https://[::1]:4318");
    assert_eq!(address("spans.example:4319", None).unwrap(), "http://spans.example:4318");
    assert_eq!(address("unix:/a", Some("http://b:1")).unwrap(), "http://b:1");
    assert!(address("unix:tailplane.sock", None).unwrap_err().contains("--otlp"));
}
