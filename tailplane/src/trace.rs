//! `tailplane trace`: one trace as a tree, and where the time of its requests went.

use std::process::ExitCode;

use serde::Deserialize;
use storage::env::Env;

use crate::cli::TraceArgs;
use crate::source::Source;
use crate::{format, output, traced};

/// Deeper spans are drawn at this depth, so that a line still fits.
const DEPTH_SHOWN_MAX: usize = 24;

/// What is read of the API's trace answer.
#[derive(Debug, Deserialize)]
pub(crate) struct TraceJson {
    trace_id: String,
    duration_ns: u64,
    complete: bool,
    orphans: u64,
    requests: Vec<RequestJson>,
    spans: Vec<SpanJson>,
}

#[derive(Debug, Deserialize)]
struct RequestJson {
    verb: String,
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
    code: Option<u16>,
    duration_ns: u64,
    phases: Vec<PhaseJson>,
    gaps: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct PhaseJson {
    phase: String,
    duration_ns: u64,
}

#[derive(Debug, Deserialize)]
struct SpanJson {
    depth: usize,
    orphan: bool,
    name: String,
    component: String,
    service: String,
    offset_ns: i64,
    duration_ns: u64,
    status: String,
}

/// Asks and prints, or runs the command to be traced, whose exit code is passed on.
///
/// # Errors
/// When there is nobody to ask, or no such trace; or as [`traced::run`].
pub(crate) async fn run(arguments: TraceArgs, env: Env) -> anyhow::Result<ExitCode> {
    let Some(trace_id) = arguments.trace_id else { return traced::run(&arguments, env).await };
    let source = Source::open(&arguments.source, env).await?;
    let answer = source.get::<TraceJson>(&format!("/api/v1/traces/{trace_id}")).await;
    source.close().await;
    output::answer(&tree(&answer?))?;
    Ok(ExitCode::SUCCESS)
}

/// A line for each span, and below where the time of each request went.
#[must_use]
pub(crate) fn tree(trace: &TraceJson) -> String {
    let mut rows = vec![["OFFSET", "DURATION", "COMPONENT", "SPAN"].map(str::to_owned).to_vec()];
    rows.extend(trace.spans.iter().map(row));
    let mut text = format!(
        "trace {}: {} spans, {}\n\n{}",
        trace.trace_id,
        format::count(trace.spans.len() as u64),
        format::duration(trace.duration_ns),
        format::table(&rows, &[0, 1])
    );
    if trace.orphans > 0 {
        text.push_str(&format!(
            "\n? {} spans name a parent that did not arrive",
            format::count(trace.orphans)
        ));
    }
    if !trace.complete {
        text.push_str("\nThe trace has more spans than query.trace_spans_max: these are the first to start");
    }
    for request in &trace.requests {
        for line in request_lines(request).lines() {
            text.push_str(&format!("\n{}", format::printable(line)));
        }
    }
    text
}

/// What was asked, and the phases that took at least a hundredth of the time.
fn request_lines(request: &RequestJson) -> String {
    let subresource = Some(&request.subresource).filter(|text| !text.is_empty());
    let resource =
        subresource.map_or_else(|| request.resource.clone(), |sub| format!("{}/{sub}", request.resource));
    let place = [&request.namespace, &request.name].map(String::as_str);
    let object = place.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("/");
    let words = [request.verb.as_str(), &resource, &object];
    let asked = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let code = request.code.map_or_else(|| "no code".to_owned(), |code| code.to_string());
    let mut text = format!("{asked}: {}, {code}", format::duration(request.duration_ns));
    for phase in request.phases.iter().filter(|phase| phase.duration_ns * 100 >= request.duration_ns) {
        let share = phase.duration_ns as f64 / request.duration_ns.max(1) as f64 * 100.0;
        let name = phase.phase.replace('_', " ");
        text.push_str(&format!("\n  {share:>3.0} %  {:>8}  {name}", format::duration(phase.duration_ns)));
    }
    request.gaps.iter().for_each(|gap| text.push_str(&format!("\n  ? {gap}")));
    text
}

fn row(span: &SpanJson) -> Vec<String> {
    let component = if span.component == "other" { &span.service } else { &span.component };
    let indent = "  ".repeat(span.depth.min(DEPTH_SHOWN_MAX));
    let orphan = if span.orphan { "? " } else { "" };
    let error = if span.status == "error" { "  [error]" } else { "" };
    let sign = if span.offset_ns < 0 { "-" } else { "+" };
    vec![
        format!("{sign}{}", format::duration(span.offset_ns.unsigned_abs())),
        format::duration(span.duration_ns),
        component.clone(),
        format!("{indent}{orphan}{}{error}", span.name),
    ]
}

#[cfg(test)]
mod tests;
