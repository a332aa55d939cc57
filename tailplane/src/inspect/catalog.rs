//! `tailplane inspect catalog`: the tables of a folder, what lies in them, and how far each follows the other.

use std::collections::BTreeMap;

use anyhow::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use storage::catalog::{SegmentFile, SegmentTimes, TableView, read_tables};

use crate::cli::InspectCatalogArgs;
use crate::{format, output};

const TABLES_HEADER: [&str; 8] =
    ["table", "version", "files", "rows", "bytes", "log entries", "log bytes", "checkpoints"];
const FILES_HEADER: [&str; 9] =
    ["table", "tenant", "date", "hour", "kind", "files", "rows", "bytes", "rollup bytes"];

/// Prints the tables, their files by hour of arrival, and their watermarks.
pub(super) async fn run(arguments: &InspectCatalogArgs) -> anyhow::Result<()> {
    let tables = read_tables(&arguments.folder).await.context("cannot look into the catalog")?;
    let mut of_tables = vec![TABLES_HEADER.map(str::to_owned).to_vec()];
    of_tables.extend(tables.iter().map(table_row));
    let mut files = vec![FILES_HEADER.map(str::to_owned).to_vec()];
    files.extend(tables.iter().flat_map(hours));
    output::answer(&format!(
        "{}\n{}\n{}",
        format::table(&of_tables, &[1, 2, 3, 4, 5, 6]),
        format::table(&files, &[5, 6, 7, 8]),
        watermarks(&tables).join("\n")
    ))?;
    Ok(())
}

fn table_row(view: &TableView) -> Vec<String> {
    let files = &view.table.files;
    let sum = |of: fn(&SegmentFile) -> u64| files.iter().map(|file| of(file)).sum::<u64>();
    let checkpoints = match view.checkpoints[..] {
        [] => "none".to_owned(),
        [.., newest] => format!("{}, newest of version {newest}", view.checkpoints.len()),
    };
    let numbers = [
        view.table.version,
        files.len() as u64,
        sum(|file| file.rows),
        sum(SegmentFile::disk_bytes),
        view.log_entries,
        view.log_bytes,
    ];
    let numbers = numbers.map(format::count);
    std::iter::once(view.name.clone()).chain(numbers).chain([checkpoints]).collect()
}

/// A line for each tenant, date, hour of arrival and kind.
fn hours(view: &TableView) -> Vec<Vec<String>> {
    let mut hours: BTreeMap<[String; 4], [u64; 4]> = BTreeMap::new();
    for file in &view.table.files {
        let place = [file.tenant.to_string(), file.date.clone(), hour_of(&file.times), file.kind.to_string()];
        let sums = hours.entry(place).or_default();
        let more = [1, file.rows, file.bytes, file.rollup_bytes.unwrap_or(0)];
        sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }
    let row = |(place, sums): ([String; 4], [u64; 4])| {
        std::iter::once(view.name.clone()).chain(place).chain(sums.map(format::count)).collect()
    };
    hours.into_iter().map(row).collect()
}

/// The hour that the first rows of a file arrived in; `?` where another program left it unsaid.
fn hour_of(times: &SegmentTimes) -> String {
    match instant(times.arrival_min) {
        Some(arrival) if *times != SegmentTimes::UNKNOWN => {
            format!("{:02}", arrival.to_zoned(TimeZone::UTC).hour())
        }
        _ => "?".to_owned(),
    }
}

fn instant(nanos: u64) -> Option<Timestamp> {
    Timestamp::from_nanosecond(i128::from(nanos)).ok()
}

fn watermarks(tables: &[TableView]) -> Vec<String> {
    let mut lines = Vec::new();
    let Some((spans, derived)) = tables.split_first() else { return lines };
    for (writer, sequence) in &spans.table.watermarks {
        lines.push(format!("{}: has the records of log {writer} up to {sequence}", spans.name));
    }
    for table in derived.iter().filter(|table| table.follows_spans) {
        lines.push(follows(table, spans));
    }
    lines
}

/// How far a derived table follows the spans.
fn follows(table: &TableView, spans: &TableView) -> String {
    let through = table.through();
    let ahead = spans.table.files.iter().filter(|file| file.window > through);
    let windows: BTreeMap<u64, u64> = ahead.fold(BTreeMap::new(), |mut windows, file| {
        *windows.entry(file.window).or_default() += file.rows;
        windows
    });
    let said = format!("{}: follows spans up to window {through}", table.name);
    let Some((oldest, _)) = windows.first_key_value() else { return format!("{said}, all there are") };
    let first = spans.table.files.iter().filter(|file| file.window == *oldest);
    let arrived = first.map(|file| file.times.arrival_min).min().and_then(instant);
    format!(
        "{said}; {} windows with {} spans wait, the oldest arrived {}",
        format::count(windows.len() as u64),
        format::count(windows.values().sum()),
        arrived.map_or_else(|| "at a time that is not told".to_owned(), |at| format!("at {at}"))
    )
}
