//! `tailplane inspect rollup`: series, slots and columns of a rollup.

use anyhow::Context;
use storage::{RollupView, SeriesView, SlotsView, read_rollups};

use super::segment;
use crate::cli::InspectRollupArgs;
use crate::{format, output};

const SLOTS_HEADER: [&str; 5] = ["slot", "rows", "spans", "exact", "histogram"];
const SERIES_HEADER: [&str; 4] = ["spans", "errors", "minutes", "series"];

/// Prints slots, the series of most spans, and columns; of several files their sum.
pub(super) fn run(arguments: &InspectRollupArgs) -> anyhow::Result<()> {
    let view = read_rollups(&arguments.files).context("cannot look into the rollup")?;
    let slots = rows(SLOTS_HEADER.as_slice(), view.slots.iter().map(slots_row));
    let series = rows(SERIES_HEADER.as_slice(), view.series.iter().take(arguments.top).map(series_row));
    output::answer(&format!(
        "{}\n{}\n{}{}",
        format::table(&slots, &[0, 1, 2, 3, 4]),
        format::table(&series, &[0, 1, 2]),
        format::table(&segment::columns(&view.file, "B/row"), &[1, 2, 3]),
        summary(&view, arguments.files.len())
    ))?;
    Ok(())
}

fn rows(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    std::iter::once(header.iter().map(|name| (*name).to_owned()).collect()).chain(rows).collect()
}

fn slots_row(slots: &SlotsView) -> Vec<String> {
    let counts = [slots.rows, slots.spans, slots.exact_rows, slots.histogram_rows];
    std::iter::once(format!("{} s", slots.seconds)).chain(counts.map(format::count)).collect()
}

fn series_row(series: &SeriesView) -> Vec<String> {
    let counts = [series.spans, series.errors, series.minutes].map(format::count);
    counts.into_iter().chain([series.label.clone()]).collect()
}

fn summary(view: &RollupView, files: usize) -> String {
    let files = if files == 1 { String::new() } else { format!("{files} files, ") };
    let spans = view.slots.first().map_or(0, |minutes| minutes.spans);
    format!(
        "{files}{} spans of {} series in {} rows, {} bytes, {:.2} a span",
        format::count(spans),
        format::count(view.series.len() as u64),
        format::count(view.file.rows),
        format::count(view.file.bytes),
        view.file.bytes as f64 / spans.max(1) as f64
    )
}
