//! The settings: one file, then the environment, then `--set`, merged into one tree and checked once.

mod keys;
mod layer;
mod log;
mod model;
mod print;

use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Format, Toml};
use serde::{Deserialize, Serialize};
use storage::ObjectStoreOptions;

use crate::cli::{ConfigArgs, SettingsArgs};
use crate::{output, telemetry};
use layer::Layer;
pub(crate) use log::{Config as LogConfig, LogFormat};
use model::Config as ModelConfig;

/// Read when it exists and `--config` names no other.
const DEFAULT_FILE: &str = "tailplane.toml";
/// Begins each environment variable that is a setting; `__` parts section and key.
const ENVIRONMENT_PREFIX: &str = "TAILPLANE__";

/// Everything that can be set; one section for each room.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// `[storage]`
    pub storage: storage::Config,
    /// `[door]`
    pub door: door::Config,
    /// `[ingest]`
    pub ingest: ingest::Config,
    /// `[query]`
    pub query: query::Config,
    /// `[web]`
    pub web: web::Config,
    /// `[model]`
    pub model: ModelConfig,
    /// `[log]`
    pub log: LogConfig,
}

/// Settings that cannot be used: what the user has to change, one line for each fault.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Invalid(String);

impl Invalid {
    /// A fault of what the user wrote; `message` names it and the way out.
    #[must_use]
    pub(crate) fn new(message: String) -> Self {
        Self(message)
    }
}

/// The settings in effect, and where each comes from.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The checked values.
    pub config: Config,
    merged: Figment,
}

impl Settings {
    /// Reads the file and `environment`, applies `--set`, checks the result.
    ///
    /// # Errors
    /// [`Invalid`], naming each faulty key, its origin and the way out.
    pub(crate) fn load(
        arguments: &SettingsArgs,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Invalid> {
        let environment: Vec<(String, String)> = environment.collect();
        let mut merged = Figment::new();
        if let Some(path) = settings_file(arguments.config.as_deref())? {
            merged = merged.merge(Toml::file_exact(path));
        }
        for layer in environment.iter().filter_map(|(name, value)| Layer::from_environment(name, value)) {
            merged = merged.merge(layer);
        }
        for text in &arguments.set {
            merged = merged.merge(Layer::from_flag(text)?);
        }
        keys::refuse_unknown(&merged)?;
        let mut config =
            merged.extract::<Config>().map_err(|errors| lines(errors.into_iter().map(explain)))?;
        config.storage.object_store_options = object_store_options(environment.into_iter());
        validate(&config)?;
        Ok(Self { config, merged })
    }

    /// The environment of this process, as [`Settings::load`] takes it; variables that are not Unicode are
    /// none of ours.
    pub(crate) fn environment() -> impl Iterator<Item = (String, String)> {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
    }

    /// The settings in effect as TOML; `explain` adds where each comes from.
    #[must_use]
    pub(crate) fn to_toml(&self, explain: bool) -> String {
        print::to_toml(&self.merged, explain)
    }

    /// Whether `key` (`section.name`) was set by anyone.
    #[must_use]
    pub(crate) fn is_set(&self, key: &str) -> bool {
        self.merged.contains(key)
    }
}

/// `tailplane config`: prints the settings in effect, or the defaults.
///
/// # Errors
/// As [`Settings::load`].
pub(crate) fn print_settings(arguments: &ConfigArgs) -> anyhow::Result<()> {
    let text = if arguments.default {
        print::to_toml(&Figment::new(), false)
    } else {
        Settings::load(&arguments.settings, Settings::environment())?.to_toml(arguments.explain)
    };
    Ok(output::answer(&text)?)
}

/// What `environment` says of object stores.
pub(crate) fn object_store_options(
    environment: impl Iterator<Item = (String, String)>,
) -> ObjectStoreOptions {
    let of_object_stores = environment.filter(|(name, _)| name.starts_with("AWS_"));
    ObjectStoreOptions(of_object_stores.map(|(name, value)| (name.to_lowercase(), value)).collect())
}

fn settings_file(named: Option<&Path>) -> Result<Option<PathBuf>, Invalid> {
    match named {
        Some(path) if path.is_file() => Ok(Some(path.to_owned())),
        Some(path) => Err(Invalid(format!(
            "--config {} is no file; `tailplane config --default` prints one to start from",
            path.display()
        ))),
        None => Ok(Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.is_file())),
    }
}

fn validate(config: &Config) -> Result<(), Invalid> {
    config.storage.folder().map_err(|error| Invalid(error.message))?;
    config.door.validate().map_err(|error| Invalid(error.message))?;
    config.ingest.validate().map_err(|error| Invalid(error.message))?;
    config.query.validate().map_err(|error| Invalid(error.message))?;
    config.web.validate().map_err(|error| Invalid(error.message))?;
    telemetry::filter(&config.log.level).map(|_| ())
}

fn lines(messages: impl Iterator<Item = String>) -> Invalid {
    Invalid(messages.collect::<Vec<_>>().join("\n"))
}

/// One fault of a value, in our words.
fn explain(error: figment::Error) -> String {
    let origin =
        error.metadata.as_ref().map_or_else(String::new, |found| format!(" ({})", layer::origin(found)));
    let key = error.path.join(".");
    match &error.kind {
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            format!("{key} is {found}{origin}: expected {}", words_for(expected))
        }
        Kind::UnknownVariant(found, expected) => {
            format!("{key} is {found:?}{origin}: expected one of {}", expected.join(", "))
        }
        // Without a key the file itself cannot be read, and the parser says where.
        kind if key.is_empty() => format!("settings cannot be read{origin}: {kind}"),
        kind => format!("{key}{origin}: {kind}"),
    }
}

/// What a value should look like; `expected` is what its type says of itself.
fn words_for(expected: &str) -> &str {
    match expected {
        "a duration" => "a duration such as \"250ms\", \"60s\" or \"7d\"",
        "parsable string" | "an integer or string" => {
            "a size such as \"64MiB\", \"2GiB\" or a number of bytes"
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
