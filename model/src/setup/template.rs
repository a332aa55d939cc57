//! Texts with `{{name}}` to fill in, and lines that hold only where a condition does: `{{?condition,!other}}line`.

use super::facts::Facts;

/// Fills in `template`, line by line. A line that holds nothing but a name takes as many lines as the value has, each as
/// deep; with an empty value it goes.
///
/// # Errors
/// What is faulty in the template.
pub(super) fn fill(template: &str, facts: &Facts) -> Result<String, String> {
    let mut text = String::new();
    for line in template.lines() {
        let Some(line) = conditional(line, facts)? else { continue };
        match alone(&line) {
            Some((indent, name)) => {
                for part in value(name, facts)?.lines() {
                    text.push_str(indent);
                    text.push_str(part);
                    text.push('\n');
                }
            }
            None => {
                text.push_str(&within(&line, facts)?);
                text.push('\n');
            }
        }
    }
    Ok(text)
}

/// Fills in a text of one line.
///
/// # Errors
/// What is faulty in the template.
pub(super) fn fill_line(template: &str, facts: &Facts) -> Result<String, String> {
    Ok(fill(template, facts)?.trim_end().to_owned())
}

/// The line without its condition, if that holds.
fn conditional(line: &str, facts: &Facts) -> Result<Option<String>, String> {
    let start = line.len() - line.trim_start().len();
    let (indent, rest) = line.split_at(start);
    let Some(rest) = rest.strip_prefix("{{?") else { return Ok(Some(line.to_owned())) };
    let (conditions, rest) =
        rest.split_once("}}").ok_or_else(|| format!("{line:?} has an open condition"))?;
    let holds = facts.hold(conditions.split(','))?;
    Ok(holds.then(|| format!("{indent}{rest}")))
}

/// The indent and the name of a line that holds nothing but a name.
fn alone(line: &str) -> Option<(&str, &str)> {
    let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
    let name = rest.strip_prefix("{{")?.strip_suffix("}}")?;
    (!name.contains('{')).then_some((indent, name))
}

fn within(line: &str, facts: &Facts) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or_else(|| format!("{line:?} has an open name"))?;
        text.push_str(before);
        text.push_str(value(name, facts)?);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

fn value<'f>(name: &str, facts: &'f Facts) -> Result<&'f str, String> {
    facts.value(name).ok_or_else(|| format!("there is no value {name:?}"))
}

#[cfg(test)]
mod tests;
