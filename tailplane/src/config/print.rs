//! The settings as TOML, with or without their origins.

use figment::Figment;
use figment::value::Value;

use super::{keys, layer};

/// Every key in the order of its section: what `merged` says, else the default.
pub(super) fn to_toml(merged: &Figment, explain: bool) -> String {
    let mut text = String::new();
    let mut section_open = String::new();
    for (key, default) in keys::defaults() {
        let (section, name) = key.split_once('.').unwrap_or(("", &key));
        if section != section_open {
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}[{section}]\n"));
            section.clone_into(&mut section_open);
        }
        let line = match merged.find_value(&key) {
            Ok(value) => set_line(name, &value, merged.find_metadata(&key).filter(|_| explain)),
            Err(_) => default_line(name, &default, explain),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn set_line(name: &str, value: &Value, origin: Option<&figment::Metadata>) -> String {
    let value = toml::Value::try_from(value).map_or_else(|_| "\"\"".to_owned(), |value| value.to_string());
    match origin {
        Some(found) => format!("{name} = {value}  # {}", layer::origin(found)),
        None => format!("{name} = {value}"),
    }
}

fn default_line(name: &str, default: &serde_json::Value, explain: bool) -> String {
    let note = if explain { "  # default" } else { "" };
    match toml::Value::try_from(default) {
        Ok(toml::Value::String(text)) => format!("{name} = {}{note}", toml::Value::String(short_size(text))),
        Ok(value) => format!("{name} = {value}{note}"),
        // TOML has no null: the key stands there as a comment.
        Err(_) => format!("# {name} is not set"),
    }
}

/// "128.0 MiB" as people write it: "128MiB". Other texts are left alone.
fn short_size(text: String) -> String {
    match text.split_once(".0 ") {
        Some((number, unit @ ("KiB" | "MiB" | "GiB" | "TiB")))
            if number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            format!("{number}{unit}")
        }
        _ => text,
    }
}
