//! The diagnosis for people, and for programs.

use proto::UnixNanos;

use super::component::{Row, State};
use super::diagnosis::Diagnosis;
use super::finding::{Finding, Severity};
use super::test_span::{Step, TestSpan};
use crate::cli::DoctorFormat;
use crate::format;

/// Rates above this are whole numbers.
const WHOLE_RATE_FROM: f64 = 10.0;

/// The text in `format`.
///
/// # Errors
/// When it cannot be written as JSON.
pub(super) fn print(diagnosis: &Diagnosis, format: DoctorFormat) -> anyhow::Result<String> {
    Ok(match format {
        DoctorFormat::Table => text(diagnosis),
        DoctorFormat::Json => serde_json::to_string_pretty(diagnosis)?,
    })
}

fn text(diagnosis: &Diagnosis) -> String {
    let mut text = format!("{}: tailplane {}", diagnosis.server, diagnosis.version);
    if let Some(test_span) = &diagnosis.test_span {
        text.push_str(&format!("\n{}", test_span_line(test_span)));
    }
    text.push_str("\n\n");
    if !diagnosis.components.is_empty() {
        text.push_str(&format!("{}\n", table(&diagnosis.components, diagnosis.now)));
    }
    for finding in &diagnosis.findings {
        text.push_str(&format!("{}\n", line(finding)));
    }
    let count = |severity| diagnosis.findings.iter().filter(|finding| finding.severity == severity).count();
    text.push_str(&match (count(Severity::Fault), count(Severity::Note)) {
        (0, 0) => "all is well".to_owned(),
        (0, notes) => format!("all is well; notes: {notes}"),
        (faults, _) => format!("NOT WELL: {faults} to mend"),
    });
    text
}

fn test_span_line(test_span: &TestSpan) -> String {
    let steps = test_span
        .steps
        .iter()
        .map(|Step { name, took_ns }| format!("{name} in {}", format::duration(*took_ns)));
    let steps = steps.collect::<Vec<_>>().join(", ");
    let TestSpan { otlp, trace_id, .. } = test_span;
    let end = if test_span.failure.is_some() { "FAILED" } else { "ok" };
    let steps = if steps.is_empty() { "no step".to_owned() } else { steps };
    format!("test span {trace_id} to {otlp}: {steps}: {end}")
}

fn table(rows: &[Row], now: UnixNanos) -> String {
    let header =
        ["COMPONENT", "STATE", "SPANS/S", "LAST SEEN", "SENDERS", "CLOCK", "SAMPLED"].map(str::to_owned);
    let mut lines = vec![header.to_vec()];
    lines.extend(rows.iter().map(|row| cells(row, now)));
    format::table(&lines, &[2, 4])
}

fn cells(row: &Row, now: UnixNanos) -> Vec<String> {
    let is_there = row.state != State::NeverConnected;
    let when_there = |text: String| if is_there { text } else { String::new() };
    let ago = |time: UnixNanos| format!("{} ago", format::age(now.saturating_sub(time)));
    let clock = match row.clock_offset_ms {
        Some(ms) => {
            let way = if ms < 0 { "ahead" } else { "behind" };
            format!("{} {way}", format::duration(ms.unsigned_abs().saturating_mul(1_000_000)))
        }
        None if matches!(row.state, State::Sends) => "right".to_owned(),
        None => String::new(),
    };
    vec![
        row.component.to_owned(),
        row.state.to_string(),
        row.spans_per_second.map(rate).filter(|_| is_there).unwrap_or_default(),
        row.last_seen.map(ago).unwrap_or_default(),
        when_there(format::count(row.senders as u64)),
        clock,
        row.sampling_rate.map(share).unwrap_or_default(),
    ]
}

fn rate(per_second: f64) -> String {
    if per_second >= WHOLE_RATE_FROM {
        return format::count(per_second.round() as u64);
    }
    format!("{per_second:.2}")
}

/// A share as it can be told from ids: two digits.
fn share(rate: f64) -> String {
    let percent = rate * 100.0;
    match percent {
        100.0.. => "all".to_owned(),
        10.0.. => format!("~{percent:.0} %"),
        1.0.. => format!("~{percent:.1} %"),
        0.01.. => format!("~{percent:.2} %"),
        _ => "< 0.01 %".to_owned(),
    }
}

fn line(finding: &Finding) -> String {
    let word = match finding.severity {
        Severity::Fault => "fault",
        Severity::Note => "note",
    };
    let Finding { about, what, remedy, see, .. } = finding;
    let text = format!("{word}: {about}: {what}; what to do: {remedy} ({see})");
    format::printable(&text).into_owned()
}
