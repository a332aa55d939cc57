//! A notebook's document, `tailplane.notebook/1` (`docs/notebooks.md`): read strictly, kept as it was written.

mod built_in;
mod cell;

use std::collections::HashSet;

use serde::Deserialize;
use storage::documents::Heading;

pub(crate) use self::built_in::{BuiltIn, built_in};
use self::cell::Cell;

const CELLS_MAX: usize = 200;
const TITLE_CHARACTERS_MAX: usize = 200;
const ABOUT_CHARACTERS_MAX: usize = 1_000;
const TIME_CHARACTERS_MAX: usize = 100;
const TAGS_MAX: usize = 20;
const TAG_CHARACTERS_MAX: usize = 50;
const FILTERS_MAX: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: Schema,
    title: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    tags: Vec<String>,
    time: NotebookTime,
    #[serde(default)]
    filters: Vec<String>,
    cells: Vec<Cell>,
}

#[derive(Debug, Deserialize)]
enum Schema {
    #[serde(rename = "tailplane.notebook/1")]
    One,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NotebookTime {
    from: String,
    to: String,
    #[serde(default)]
    #[expect(dead_code, reason = "what the page does with it is its own affair: here it only has to be one")]
    refresh: Refresh,
}

#[derive(Debug, Default, Deserialize)]
enum Refresh {
    #[default]
    #[serde(rename = "off")]
    Off,
    #[serde(rename = "5s")]
    FiveSeconds,
    #[serde(rename = "10s")]
    TenSeconds,
    #[serde(rename = "30s")]
    ThirtySeconds,
}

/// What a document says of itself, if it is one.
///
/// # Errors
/// In words, with the place in the text.
pub(crate) fn heading(text: &str) -> Result<Heading, String> {
    let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let Document { schema: Schema::One, title, about, tags, time, filters, cells } = document;
    if title.trim().is_empty() {
        return Err("its title is empty".to_owned());
    }
    at_most("title", title.chars().count(), TITLE_CHARACTERS_MAX, "characters")?;
    at_most("about", about.chars().count(), ABOUT_CHARACTERS_MAX, "characters")?;
    at_most("time.from", time.from.chars().count(), TIME_CHARACTERS_MAX, "characters")?;
    at_most("time.to", time.to.chars().count(), TIME_CHARACTERS_MAX, "characters")?;
    at_most("tags", tags.len(), TAGS_MAX, "entries")?;
    for tag in &tags {
        at_most("a tag", tag.chars().count(), TAG_CHARACTERS_MAX, "characters")?;
    }
    at_most("filters", filters.len(), FILTERS_MAX, "entries")?;
    at_most("cells", cells.len(), CELLS_MAX, "entries")?;
    let mut ids = HashSet::new();
    for (place, cell) in cells.iter().enumerate() {
        cell.check().map_err(|fault| format!("cells[{place}] ({:?}): {fault}", cell.id))?;
        if !ids.insert(cell.id.as_str()) {
            return Err(format!("cells[{place}]: the id {:?} is that of another cell, too", cell.id));
        }
    }
    Ok(Heading { title, about, tags })
}

fn at_most(what: &str, count: usize, most: usize, unit: &str) -> Result<(), String> {
    if count <= most { Ok(()) } else { Err(format!("{what} has {count} {unit}: at most {most} are kept")) }
}

#[cfg(test)]
mod tests;
