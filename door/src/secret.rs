//! A text that must not be seen: no log line and no error can show it by accident.

use std::fmt;
use std::path::Path;

use proto::ErrorKind;

use crate::{Error, Result};

/// A token. It has no `Display`, and its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes `text` in.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The first line of the file at `path`, without white space around it.
    ///
    /// # Errors
    /// `Invalid` when the file cannot be read or holds nothing; the message names `key` and the file.
    pub fn read(path: &Path, key: &str) -> Result<Self> {
        let refuse =
            |reason: String| Error::new(ErrorKind::Invalid, format!("{key} {} {reason}", path.display()));
        let text = std::fs::read_to_string(path)
            .map_err(|source| refuse(format!("cannot be read: {source}")).caused_by(source))?;
        match text.lines().next().map(str::trim).filter(|line| !line.is_empty()) {
            Some(line) => Ok(Self(line.to_owned())),
            None => Err(refuse("is empty: write the token into it".to_owned())),
        }
    }

    /// The text itself. Whoever calls this keeps it out of messages.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
