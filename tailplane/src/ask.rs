//! `tailplane query`: TraceQL and SQL from a terminal.

mod rows;
mod summary;

use anyhow::anyhow;
use storage::env::Env;
use url::form_urlencoded::Serializer;

use crate::cli::QueryArgs;
use crate::config::Invalid;
use crate::source::Source;
use crate::{output, time};
use rows::Rows;
use summary::{LatencyJson, Summary};

/// Names listed, most spans first; the rest are one line.
const NAMES_MAX: &str = "100";

/// Asks and prints.
///
/// # Errors
/// When there is nobody to ask, or what the engine says is wrong with the query.
pub(crate) async fn run(arguments: QueryArgs, env: Env) -> anyhow::Result<()> {
    let is_filter = arguments.text.trim_start().starts_with('{');
    let range = time::range(&arguments.start, &arguments.end, env.now())
        .map_err(|message| anyhow!(Invalid::new(message)))?;
    let source = Source::open(&arguments.source, env).await?;
    let answer = if is_filter {
        latency(&source, &arguments, time::one_slot(range)).await
    } else {
        sql(&source, &arguments).await
    };
    source.close().await;
    Ok(output::answer(&answer?)?)
}

async fn latency(source: &Source, arguments: &QueryArgs, slot: proto::TimeRange) -> anyhow::Result<String> {
    let step = format!("{}ns", slot.duration_ns());
    let query = Serializer::new(String::new())
        .append_pair("q", &arguments.text)
        .append_pair("start", &slot.start.to_string())
        .append_pair("end", &slot.end.to_string())
        .append_pair("step", &step)
        .append_pair("quantiles", "0.5,0.9,0.99")
        .append_pair("by", "name")
        .append_pair("exemplars", "2")
        .append_pair("limit", NAMES_MAX)
        .finish();
    let answer: LatencyJson = source.get(&format!("/api/v1/latency?{query}")).await?;
    Summary::from(answer).print(arguments.format)
}

async fn sql(source: &Source, arguments: &QueryArgs) -> anyhow::Result<String> {
    let answer = source.sql(&arguments.text).await?;
    if answer.truncated {
        output::note("these are the first rows only: the query has more than query.sql_rows_max");
    }
    let reasons: Vec<_> = answer.completeness.incomplete_because().collect();
    if !reasons.is_empty() {
        output::note(&format!("incomplete: some data could not be read yet ({})", reasons.join(", ")));
    }
    Rows::read(&answer)?.print(arguments.format)
}
