//! The keys that exist, and the nearest one to a key that does not.

use std::collections::BTreeMap;

use figment::Figment;
use figment::value::{Dict, Value};

use super::{Config, Invalid, layer, lines};

/// Every key, `section.name`, with its default as JSON: null when there is none.
pub(super) fn defaults() -> BTreeMap<String, serde_json::Value> {
    let tree = serde_json::to_value(Config::default()).expect("settings are plain data");
    let mut found = BTreeMap::new();
    for (section, keys) in tree.as_object().into_iter().flatten() {
        for (key, value) in keys.as_object().into_iter().flatten() {
            found.insert(format!("{section}.{key}"), value.clone());
        }
    }
    found
}

/// Refuses every key in `merged` that does not exist.
pub(super) fn refuse_unknown(merged: &Figment) -> Result<(), Invalid> {
    // A file that is no TOML fails here too, and is explained when the values are read.
    let Ok(tree) = merged.extract::<Dict>() else { return Ok(()) };
    let known = defaults();
    let mut unknown = Vec::new();
    // What a map may hold is checked with its values.
    let is_in_map = |key: &str| {
        let maps = known.iter().filter(|(_, default)| default.is_object());
        maps.map(|(map, _)| map).any(|map| key.strip_prefix(map).is_some_and(|rest| rest.starts_with('.')))
    };
    leaves(&tree, "", &mut |key| {
        if !known.contains_key(key) && !is_in_map(key) {
            unknown.push(key.to_owned());
        }
    });
    if unknown.is_empty() {
        return Ok(());
    }
    Err(lines(unknown.iter().map(|key| {
        let origin = merged
            .find_metadata(key)
            .map_or_else(String::new, |found| format!(" ({})", layer::origin(found)));
        format!(
            "unknown setting {key}{origin}: the nearest is {}; `tailplane config --default` prints all",
            nearest(key, known.keys())
        )
    })))
}

fn leaves(tree: &Dict, prefix: &str, visit: &mut impl FnMut(&str)) {
    for (name, value) in tree {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Dict(_, deeper) => leaves(deeper, &key, visit),
            _ => visit(&key),
        }
    }
}

/// The key most like `wanted`, which may lack its section or have a wrong one.
fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a String>) -> &'a str {
    let name_of = |key: &'a str| key.split_once('.').map_or(key, |(_, name)| name);
    let wanted_name = wanted.rsplit_once('.').map_or(wanted, |(_, name)| name);
    let likeness = |key: &'a str| {
        let whole = strsim::normalized_damerau_levenshtein(wanted, key);
        let name = strsim::normalized_damerau_levenshtein(wanted_name, name_of(key));
        whole + name
    };
    known
        .map(String::as_str)
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
        .unwrap_or_default()
}
