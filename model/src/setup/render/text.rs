//! A shell script with comments.

use super::super::{File, Setup, Step};

const COLUMNS: usize = 110;
const END_OF_FILE: &str = "END_OF_FILE";

pub(super) fn render(setup: &Setup) -> String {
    let mut text = format!("# {}\n", setup.title());
    comment(&mut text, "", "");
    for warning in &setup.warnings {
        comment(&mut text, "! ", warning);
    }
    comment(&mut text, "", "");
    comment(&mut text, "", setup.advice.text);
    for row in setup.estimates() {
        text.push('#');
        for (cell, width) in row.iter().zip([7, 18, 12, 16, 12]) {
            text.push_str(&format!("{cell:>width$}"));
        }
        text.push('\n');
    }
    for (index, step) in setup.steps.iter().enumerate() {
        render_step(&mut text, index + 1, step);
    }
    text
}

fn render_step(text: &mut String, number: usize, step: &Step) {
    text.push_str(&format!("\n# {number}. {}\n", step.title));
    comment(text, "On: ", &step.machine);
    comment(text, "", &step.why);
    for file in &step.files {
        render_file(text, file);
    }
    lines(text, &step.commands);
    if !step.check.is_empty() {
        text.push_str("# See that it worked:\n");
        lines(text, &step.check);
    }
    if !step.roll_back.is_empty() {
        text.push_str("# To undo it:\n");
        for line in &step.roll_back {
            text.push_str(&format!("#   {line}\n"));
        }
    }
}

fn render_file(text: &mut String, file: &File) {
    if let Some(target) = &file.merge_into {
        comment(text, "", &format!("Merge into {target}:"));
        for line in file.content.lines() {
            text.push_str(format!("#   {line}").trim_end());
            text.push('\n');
        }
    }
    if let Some(path) = &file.path {
        let mode = file.mode.as_deref().unwrap_or("0644");
        text.push_str(&format!("install -D -m {mode} /dev/stdin {path} <<'{END_OF_FILE}'\n"));
        text.push_str(&file.content);
        text.push_str(&format!("{END_OF_FILE}\n"));
    }
}

/// Commands, and prose between them.
fn lines(text: &mut String, lines: &[String]) {
    for line in lines {
        match line.strip_prefix("# ") {
            Some(prose) => comment(text, "", prose),
            None => text.push_str(&format!("{line}\n")),
        }
    }
}

/// A paragraph of comments, `mark` in front of it.
fn comment(text: &mut String, mark: &str, paragraph: &str) {
    let mut line = format!("# {mark}");
    for word in paragraph.split_whitespace() {
        if line.chars().count() + word.chars().count() >= COLUMNS {
            text.push_str(line.trim_end());
            text.push('\n');
            line = format!("# {}", " ".repeat(mark.len()));
        }
        line.push_str(word);
        line.push(' ');
    }
    text.push_str(line.trim_end());
    text.push('\n');
}
