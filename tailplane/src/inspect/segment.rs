//! `tailplane inspect segment`: what each column of a segment takes.

use anyhow::Context;
use storage::{ColumnView, SegmentView, read_segment};

use crate::cli::InspectSegmentArgs;
use crate::{format, output};

/// Prints a line for each column, the largest first; of several segments their sum.
pub(super) fn run(arguments: &InspectSegmentArgs) -> anyhow::Result<()> {
    let mut all = SegmentView::default();
    for file in &arguments.files {
        all.add(&read_segment(file).context("cannot look into the segment")?);
    }
    let rows = columns(&all, "B/span");
    output::answer(&format!("{}{}", format::table(&rows, &[1, 2, 3]), summary(&all, arguments.files.len())))?;
    Ok(())
}

/// A header, in which the bytes of a row are called `bytes_a_row`, and a line for each column, the largest first.
pub(super) fn columns(all: &SegmentView, bytes_a_row: &str) -> Vec<Vec<String>> {
    let mut columns: Vec<&ColumnView> = all.columns.iter().collect();
    columns.sort_by(|one, other| other.bytes.cmp(&one.bytes).then_with(|| one.name.cmp(&other.name)));
    let mut rows = vec![["column", "bytes", bytes_a_row, "share", "encodings"].map(str::to_owned).to_vec()];
    rows.extend(columns.into_iter().map(|column| row(column, all)));
    rows
}

fn row(column: &ColumnView, all: &SegmentView) -> Vec<String> {
    let of = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
    vec![
        column.name.clone(),
        format::count(column.bytes),
        format!("{:.2}", of(column.bytes, all.rows)),
        format!("{:.1} %", 100.0 * of(column.bytes, all.bytes)),
        column.encodings.join(" "),
    ]
}

fn summary(all: &SegmentView, files: usize) -> String {
    let columns: u64 = all.columns.iter().map(|column| column.bytes).sum();
    let files = if files == 1 { String::new() } else { format!("{files} files, ") };
    format!(
        "{files}{} spans in {} row groups, {} bytes, {:.2} a span; {} of them bloom filters, page indexes and footers",
        format::count(all.rows),
        all.row_groups,
        format::count(all.bytes),
        all.bytes as f64 / all.rows.max(1) as f64,
        format::count(all.bytes.saturating_sub(columns))
    )
}
