//! A Markdown page.

use super::super::{File, Setup, Step};

pub(super) fn render(setup: &Setup) -> String {
    let mut text = format!("# {}\n\n## Before\n\n", setup.title());
    for warning in &setup.warnings {
        text.push_str(&format!("- {warning}\n"));
    }
    text.push_str(&format!("\n{}\n\n", setup.advice.text));
    for (index, row) in setup.estimates().iter().enumerate() {
        text.push_str(&format!("| {} |\n", row.join(" | ")));
        if index == 0 {
            text.push_str("|---:|---:|---:|---:|---:|\n");
        }
    }
    for (index, step) in setup.steps.iter().enumerate() {
        render_step(&mut text, index + 1, step);
    }
    text
}

fn render_step(text: &mut String, number: usize, step: &Step) {
    text.push_str(&format!("\n## {number}. {}\n\nOn: {}.\n\n{}\n", step.title, step.machine, step.why));
    for file in &step.files {
        render_file(text, file);
    }
    for (heading, lines) in
        [("", &step.commands), ("See that it worked:", &step.check), ("To undo it:", &step.roll_back)]
    {
        if lines.is_empty() {
            continue;
        }
        if !heading.is_empty() {
            text.push_str(&format!("\n{heading}\n"));
        }
        fenced(text, "sh", &format!("{}\n", lines.join("\n")));
    }
}

fn render_file(text: &mut String, file: &File) {
    if let Some(target) = &file.merge_into {
        text.push_str(&format!("\nMerge into {target}:\n"));
        fenced(text, "yaml", &file.content);
    }
    if let Some(path) = &file.path {
        let mode = file.mode.as_deref().unwrap_or("0644");
        text.push_str(&format!("\n`{path}`, mode {mode}:\n"));
        fenced(text, language(path, &file.content), &file.content);
    }
}

fn fenced(text: &mut String, language: &str, content: &str) {
    text.push_str(&format!("\n```{language}\n{content}```\n"));
}

/// The language of a file, for colours. What ends in `.conf` is a unit's, a table's or a kubelet's.
fn language(path: &str, content: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("yaml") => "yaml",
        Some("json") => "json",
        Some("toml") => "toml",
        Some("conf") if content.starts_with("[Service]") => "ini",
        Some("conf") if content.starts_with("apiVersion") => "yaml",
        Some("conf") => "toml",
        _ => "text",
    }
}
