//! The files in `data/setup`: which steps and warnings hold, with everything filled in.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::facts::Facts;
use super::template::{fill, fill_line};
use super::{Distribution, File, SetupError, SetupQuery, Step};

const SHARED: &str = include_str!("../../data/setup/shared.toml");

/// The file of `distribution`.
fn text(distribution: Distribution) -> &'static str {
    match distribution {
        Distribution::Kubeadm => include_str!("../../data/setup/kubeadm.toml"),
        Distribution::Kind => include_str!("../../data/setup/kind.toml"),
        Distribution::K3s => include_str!("../../data/setup/k3s.toml"),
        Distribution::Rke2 => include_str!("../../data/setup/rke2.toml"),
        Distribution::Eks => include_str!("../../data/setup/eks.toml"),
        Distribution::Gke => include_str!("../../data/setup/gke.toml"),
        Distribution::Aks => include_str!("../../data/setup/aks.toml"),
    }
}

/// A distribution's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Guide {
    variables: BTreeMap<String, String>,
    step: Vec<StepForm>,
    #[serde(default)]
    warning: Vec<WarningForm>,
}

/// What several distributions share.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shared {
    step: BTreeMap<String, StepForm>,
    warning: Vec<WarningForm>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct StepForm {
    /// A shared step instead of one of its own.
    r#use: Option<String>,
    when: Vec<String>,
    title: String,
    why: String,
    machine: String,
    file: Vec<FileForm>,
    commands: String,
    check: String,
    roll_back: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FileForm {
    when: Vec<String>,
    path: Option<String>,
    merge_into: Option<String>,
    mode: Option<String>,
    content: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WarningForm {
    #[serde(default)]
    when: Vec<String>,
    text: String,
}

/// The steps and the warnings that hold.
///
/// # Errors
/// When a file in `data/setup` is faulty.
pub(super) fn read(query: &SetupQuery, mut facts: Facts) -> Result<(Vec<Step>, Vec<String>), SetupError> {
    let guide: Guide = parse(text(query.distribution))?;
    let shared: Shared = parse(SHARED)?;
    facts.extend(guide.variables);
    facts.add_environment(query);
    let mut steps = Vec::new();
    for form in &guide.step {
        let form = match &form.r#use {
            Some(name) => {
                shared.step.get(name).ok_or_else(|| faulty(format!("there is no shared step {name:?}")))?
            }
            None => form,
        };
        steps.extend(form.step(&facts).map_err(faulty)?);
    }
    let mut warnings = Vec::new();
    for form in guide.warning.iter().chain(&shared.warning) {
        if holds(&form.when, &facts).map_err(faulty)? {
            warnings.push(fill_line(&form.text, &facts).map_err(faulty)?);
        }
    }
    Ok((steps, warnings))
}

impl StepForm {
    /// The step, if it holds.
    fn step(&self, facts: &Facts) -> Result<Option<Step>, String> {
        if !holds(&self.when, facts)? {
            return Ok(None);
        }
        let lines = |text: &str| fill(text, facts).map(|text| text.lines().map(str::to_owned).collect());
        let mut files = Vec::new();
        for form in &self.file {
            files.extend(form.file(facts)?);
        }
        Ok(Some(Step {
            title: fill_line(&self.title, facts)?,
            why: fill_line(&self.why, facts)?,
            machine: fill_line(&self.machine, facts)?,
            files,
            commands: lines(&self.commands)?,
            check: lines(&self.check)?,
            roll_back: lines(&self.roll_back)?,
        }))
    }
}

impl FileForm {
    /// The file, if it holds.
    fn file(&self, facts: &Facts) -> Result<Option<File>, String> {
        if !holds(&self.when, facts)? {
            return Ok(None);
        }
        let filled = |text: &Option<String>| text.as_deref().map(|text| fill_line(text, facts)).transpose();
        Ok(Some(File {
            path: filled(&self.path)?,
            merge_into: filled(&self.merge_into)?,
            mode: filled(&self.mode)?,
            content: fill(&self.content, facts)?,
        }))
    }
}

fn holds(conditions: &[String], facts: &Facts) -> Result<bool, String> {
    facts.hold(conditions.iter().map(String::as_str))
}

fn parse<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, SetupError> {
    toml::from_str(text).map_err(|error| faulty(error.to_string()))
}

fn faulty(what: String) -> SetupError {
    SetupError::Data(what)
}
