//! The notebooks that come with the program: files of `web/notebooks`, whose names are their ids.

use std::sync::LazyLock;

use rust_embed::RustEmbed;
use serde_json::value::RawValue;
use storage::documents::Heading;

use super::heading;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/notebooks"]
struct Files;

/// One of them.
#[derive(Debug)]
pub(crate) struct BuiltIn {
    pub(crate) id: String,
    pub(crate) heading: Heading,
    pub(crate) body: Box<RawValue>,
}

/// All of them, by id. A test holds each file to the format: one that is not of it is left out here.
pub(crate) fn built_in() -> &'static [BuiltIn] {
    static ALL: LazyLock<Vec<BuiltIn>> =
        LazyLock::new(|| Files::iter().filter_map(|name| read(&name).ok()).collect());
    &ALL
}

/// The notebook in the file `name`.
///
/// # Errors
/// In words.
pub(super) fn read(name: &str) -> Result<BuiltIn, String> {
    let file = Files::get(name).ok_or("there is no such file")?;
    let text = std::str::from_utf8(&file.data).map_err(|error| error.to_string())?;
    let body = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(BuiltIn { id: name.trim_end_matches(".json").to_owned(), heading: heading(text)?, body })
}

#[cfg(test)]
pub(super) fn names() -> Vec<String> {
    Files::iter().map(|name| name.to_string()).collect()
}
