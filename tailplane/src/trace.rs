//! `tailplane trace`: one trace as a tree.

use serde::Deserialize;
use storage::env::Env;

use crate::cli::TraceArgs;
use crate::source::Source;
use crate::{format, output};

/// Deeper spans are drawn at this depth, so that a line still fits.
const DEPTH_SHOWN_MAX: usize = 24;

/// What is read of the API's trace answer.
#[derive(Debug, Deserialize)]
struct TraceJson {
    trace_id: String,
    duration_ns: u64,
    complete: bool,
    orphans: u64,
    etcd: Option<EtcdJson>,
    spans: Vec<SpanJson>,
}

#[derive(Debug, Deserialize)]
struct EtcdJson {
    covered_ns: u64,
    share: f64,
    calls: u64,
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

/// Asks and prints.
///
/// # Errors
/// When there is nobody to ask, or no such trace.
pub(crate) async fn run(arguments: TraceArgs, env: Env) -> anyhow::Result<()> {
    let source = Source::open(&arguments.source, env).await?;
    let answer = source.get::<TraceJson>(&format!("/api/v1/traces/{}", arguments.trace_id)).await;
    source.close().await;
    Ok(output::answer(&tree(&answer?))?)
}

fn tree(trace: &TraceJson) -> String {
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
    if let Some(EtcdJson { covered_ns, share, calls }) = &trace.etcd {
        let calls = if *calls == 1 {
            "1 etcd call".to_owned()
        } else {
            format!("{} etcd calls", format::count(*calls))
        };
        let covered = format::duration(*covered_ns);
        text.push_str(&format!("\n{calls} covered {covered}, {:.0} % of the API request", share * 100.0));
    }
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
