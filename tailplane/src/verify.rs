//! `tailplane verify`: reads a data folder whole and says what is damaged.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use storage::Config;
use storage::env::Env;
use storage::verify::{Finding, Verification, verify, verify_bucket};

use crate::cli::{VerifyArgs, VerifyFormat};
use crate::config::{Settings, object_store_options};
use crate::{format, output};

/// Damage was found.
const DAMAGED: u8 = 1;
/// Nothing could be checked.
const CANNOT: u8 = 2;

/// Checks the folder; the exit code says how it is.
#[must_use]
pub(crate) async fn run(arguments: &VerifyArgs, env: &Env) -> ExitCode {
    match check(arguments, env).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(DAMAGED),
        Err(error) => {
            output::note(&format!("error: {error:#}"));
            ExitCode::from(CANNOT)
        }
    }
}

async fn check(arguments: &VerifyArgs, env: &Env) -> anyhow::Result<bool> {
    let bar = progress_bar()?;
    let mut read = 0;
    let mut progress = |file: &Path, bytes: u64| {
        read += bytes;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        bar.set_message(format!("{} read, {name}", format::megabytes(read)));
        bar.tick();
    };
    let config = Config {
        url: arguments.url.clone(),
        local_folder: arguments.local_folder.clone(),
        object_store_options: object_store_options(Settings::environment()),
        ..Config::default()
    };
    let found = if config.is_in_object_store()? {
        let scratch = tempfile::Builder::new().prefix("tailplane-verify-").tempdir();
        let scratch = scratch.context("no temporary folder")?;
        verify_bucket(&config, env, scratch.path(), &mut progress).await?
    } else {
        verify(&config.folder()?, &mut progress).await?
    };
    bar.finish_and_clear();
    match arguments.format {
        VerifyFormat::Text => output::answer(&text(&arguments.url, &found))?,
        VerifyFormat::Json => {
            let mut answer = serde_json::to_value(&found).context("cannot write the findings")?;
            answer["intact"] = found.is_intact().into();
            output::answer(&serde_json::to_string_pretty(&answer)?)?;
        }
    }
    Ok(found.is_intact())
}

fn progress_bar() -> anyhow::Result<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return Ok(ProgressBar::hidden());
    }
    Ok(ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg}")?))
}

fn text(place: &str, found: &Verification) -> String {
    let mut text = String::new();
    for finding in &found.findings {
        text.push_str(&line(finding));
    }
    let version = found.table_version.map_or_else(String::new, |version| format!(" at version {version}"));
    text.push_str(&format!(
        "{place}: read {} files, {}: a table{version} of {} segments with {} spans and {} rollups, {} derived rows, {} requests in the log\n",
        format::count(found.files),
        format::megabytes(found.bytes),
        format::count(found.segments),
        format::count(found.rows),
        format::count(found.rollups),
        format::count(found.derived_rows),
        format::count(found.wal_requests)
    ));
    if found.is_held {
        text.push_str(
            "a running server has it: what is newest may have been on its way; stop it to be sure\n",
        );
    }
    let damaged = found.findings.iter().filter(|finding| finding.is_damage).count();
    text.push_str(&match damaged {
        0 => "intact".to_owned(),
        1 => "DAMAGED: 1 finding".to_owned(),
        many => format!("DAMAGED: {many} findings"),
    });
    text
}

fn line(finding: &Finding) -> String {
    let word = if finding.is_damage { "damage" } else { "note" };
    let byte = if finding.byte > 0 { format!(", byte {}", finding.byte) } else { String::new() };
    let (file, meaning) = (finding.file.display().to_string(), format::printable(&finding.meaning));
    format!("{word}: {}{byte}: {meaning}; what to do: {}\n", format::printable(&file), finding.remedy)
}
