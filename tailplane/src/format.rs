//! Figures and texts as people read them.

use std::borrow::Cow;

/// A duration with three digits or so: `812 ns`, `4.5 ms`, `1.36 s`, `2 m 05 s`.
#[must_use]
pub(crate) fn duration(nanos: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"), (1, "ns")];
    if nanos >= 60_000_000_000 {
        let seconds = (nanos + 500_000_000) / 1_000_000_000;
        return format!("{} m {:02} s", seconds / 60, seconds % 60);
    }
    let (unit_nanos, unit) = UNITS.into_iter().find(|(size, _)| nanos >= *size).unwrap_or((1, "ns"));
    let value = nanos as f64 / unit_nanos as f64;
    match (unit, value) {
        ("ns", _) => format!("{nanos} ns"),
        (_, 0.0..9.995) => format!("{value:.2} {unit}"),
        (_, 0.0..99.95) => format!("{value:.1} {unit}"),
        _ => format!("{value:.0} {unit}"),
    }
}

/// How long ago something was, as coarsely as one asks: `4 s`, `25 m`, `3 h`.
#[must_use]
pub(crate) fn age(nanos: u64) -> String {
    match nanos / 1_000_000_000 {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} m", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

/// A number with its thousands parted: `1,234,567`.
#[must_use]
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things, of which there may be one: `1 request`, `1,234 requests`.
#[must_use]
pub(crate) fn counted(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Bytes in decimal megabytes: `310.4 MB`.
#[must_use]
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// `text` as one line that a terminal only shows: what senders put in names may be escape sequences, or look like
/// lines of ours. Control characters and line breaks become their escapes, such as `\n` and `\u{1b}`.
#[must_use]
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let moves = |character: char| {
        character.is_control()
            || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(moves) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if moves(character) { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    Cow::Owned(shown)
}

/// Rows of printable text with aligned columns, two spaces between them; the columns in `right` are aligned to the right.
#[must_use]
pub(crate) fn table(rows: &[Vec<String>], right: &[usize]) -> String {
    let rows: Vec<Vec<Cow<'_, str>>> =
        rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let gap = if column == 0 { "" } else { "  " };
            let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
            let cell = cell.as_ref();
            let padded = if right.contains(&column) { [padding.as_str(), cell] } else { [cell, &padding] };
            line.push_str(gap);
            line.extend(padded);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// One line of CSV (RFC 4180).
#[must_use]
pub(crate) fn csv_line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let quoted = cells.map(|cell| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    });
    quoted.collect::<Vec<_>>().join(",") + "\r\n"
}

#[cfg(test)]
mod tests;
