//! One setting from outside the file: an environment variable or a `--set`, and what an origin is called.

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use super::{ENVIRONMENT_PREFIX, Invalid};

/// One key and its value, with the words that name where they were found.
#[derive(Debug, PartialEq)]
pub(super) struct Layer {
    origin: String,
    key: String,
    value: String,
}

impl Layer {
    /// The setting in a variable such as `TAILPLANE__STORAGE__URL`; `None` for variables that are not ours.
    pub(super) fn from_environment(name: &str, value: &str) -> Option<Self> {
        let key = name.strip_prefix(ENVIRONMENT_PREFIX)?.to_ascii_lowercase().replace("__", ".");
        Some(Self { origin: format!("environment variable {name}"), key, value: value.to_owned() })
    }

    /// The setting in the text of a `--set`.
    pub(super) fn from_flag(text: &str) -> Result<Self, Invalid> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => Ok(Self {
                origin: format!("--set {text}"),
                key: key.trim().to_owned(),
                value: value.trim().to_owned(),
            }),
            _ => Err(Invalid(format!(
                "--set {text:?} is no setting: write key=value, such as web.listen=127.0.0.1:0"
            ))),
        }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        // Numbers, booleans and arrays are written bare; everything else is a string.
        let value = self.value.parse::<Value>().unwrap_or_else(|never| match never {});
        let data = figment::util::nest(&self.key, value).into_dict().unwrap_or_default();
        Ok(Map::from([(Profile::Default, data)]))
    }
}

/// Where a value was found: a file, a variable or a flag.
pub(super) fn origin(metadata: &Metadata) -> String {
    match metadata.source.as_ref().and_then(|source| source.file_path()) {
        Some(path) => path.display().to_string(),
        None => metadata.name.to_string(),
    }
}
