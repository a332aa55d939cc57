//! `tailplane query`: TraceQL and SQL from a terminal, of a server or of a folder, through the same API.

mod found;
mod rows;
mod summary;

use anyhow::anyhow;
use query::traceql::{Query, QueryBody, parse_query};
use serde::Serialize;
use storage::env::Env;
use url::form_urlencoded::Serializer;

use crate::cli::QueryArgs;
use crate::config::Invalid;
use crate::source::Source;
use crate::{output, time};
use found::{FoundJson, SeriesJson};
use rows::Rows;
use summary::{LatencyJson, Summary};

/// Names listed, most spans first; the rest are one line.
const NAMES_MAX: &str = "100";
/// The words that a query in SQL begins with.
const SQL_BEGINS: [&str; 7] = ["select", "with", "values", "explain", "show", "describe", "table"];

/// A question as the API takes it.
#[derive(Debug, Serialize)]
struct Question<'a> {
    lang: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    explain: bool,
}

/// Asks and prints.
///
/// # Errors
/// When there is nobody to ask, or what the engine says is wrong with the query.
pub(crate) async fn run(arguments: QueryArgs, env: Env) -> anyhow::Result<()> {
    let range = time::range(&arguments.start, &arguments.end, env.now())
        .map_err(|message| anyhow!(Invalid::new(message)))?;
    let query = if is_sql(&arguments.text) { None } else { Some(traceql(&arguments.text)?) };
    let source = Source::open(&arguments.source, env).await?;
    let answer = match &query {
        None => sql(&source, &arguments).await,
        Some(query) if query.plain_filter().is_some_and(|filter| !filter.needs_whole_trace()) => {
            latency(&source, &arguments, time::one_slot(range)).await
        }
        Some(query) => whole_traces(&source, &arguments, query, range).await,
    };
    source.close().await;
    Ok(output::answer(&answer?)?)
}

/// Whether the text begins as SQL does; every TraceQL query begins with something else.
fn is_sql(text: &str) -> bool {
    let text = text.trim_start_matches(|character: char| character.is_whitespace() || character == '(');
    let word: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
    SQL_BEGINS.iter().any(|begins| begins.eq_ignore_ascii_case(&word))
}

fn traceql(text: &str) -> anyhow::Result<Query> {
    parse_query(text).map_err(|error| {
        anyhow!(Invalid::new(format!(
            "{text:?} is no TraceQL query: at byte {}: {} (SQL begins with SELECT or WITH)",
            error.position.offset, error.message
        )))
    })
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
        .append_pair("explain", if arguments.explain { "true" } else { "false" })
        .finish();
    let answer: LatencyJson = source.get(&format!("/api/v1/latency?{query}")).await?;
    answer.explanation.iter().for_each(|line| output::note(line));
    Summary::from(answer).print(arguments.format)
}

async fn whole_traces(
    source: &Source,
    arguments: &QueryArgs,
    query: &Query,
    range: proto::TimeRange,
) -> anyhow::Result<String> {
    let is_series = matches!(query.body, QueryBody::Metrics(_));
    let question = Question {
        lang: "traceql",
        text: &arguments.text,
        start: Some(range.start.to_string()),
        end: Some(range.end.to_string()),
        step: arguments.step.as_deref(),
        limit: arguments.limit.filter(|_| !is_series),
        explain: arguments.explain,
    };
    if is_series {
        let answer: SeriesJson = source.post("/api/v1/query", &question).await?;
        answer.explanation.iter().for_each(|line| output::note(line));
        return answer.print(arguments.format);
    }
    let answer: FoundJson = source.post("/api/v1/query", &question).await?;
    answer.explanation.iter().for_each(|line| output::note(line));
    answer.print(arguments.format)
}

async fn sql(source: &Source, arguments: &QueryArgs) -> anyhow::Result<String> {
    let explained = format!("EXPLAIN ANALYZE {}", arguments.text);
    let text = if arguments.explain { &explained } else { &arguments.text };
    let question =
        Question { lang: "sql", text, start: None, end: None, step: None, limit: None, explain: false };
    let answer: Rows = source.post("/api/v1/query", &question).await?;
    if answer.is_empty() {
        output::note(
            "no rows; those of requests, pod_starts and instances follow their spans by a minute or two",
        );
    }
    if answer.truncated {
        output::note("these are the first rows only: the query has more than query.sql_rows_max");
    }
    if !answer.complete {
        let reasons = answer.incomplete_because.join(", ").replace('_', " ");
        output::note(&format!("incomplete: some data could not be read yet ({reasons})"));
    }
    answer.print(arguments.format)
}

#[cfg(test)]
mod tests;
