//! A large table made from captures, re-keyed and re-timed over some hours; and what a notebook asks of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use benches::{captures, cpu, store};
use bytes::Bytes;
use clap::{Parser, Subcommand};
use futures::{StreamExt, TryStreamExt};
use proto::capture::span_times;
use proto::{ErrorKind, Tenant, TimeRange};
use query::attributes::AttributeValuesQuery;
use query::latency::{LatencyQuery, Of, SlotInstant, Step};
use query::trace::TraceQuery;
use query::traceql::{parse_attribute, parse_filter};
use query::{Deriver, Engine};
use storage::Storage;
use storage::env::Env;
use storage::wal::RecordMeta;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Makes a table of many spans, and asks it.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes the table: flushes, derives and merges as a server would have.
    Make(MakeArgs),
    /// Asks it and says what each question costs.
    Ask {
        /// The data folder.
        folder: PathBuf,
    },
    /// Gives it rollups of earlier days, copies of its own, as if retention had removed their spans; and asks for all of them by the hour.
    Grow {
        /// The data folder. Its spans stay as they are.
        folder: PathBuf,
        /// How many days.
        #[arg(long, default_value_t = 9)]
        days: u64,
    },
}

#[derive(Debug, Parser)]
struct MakeArgs {
    /// The data folder.
    folder: PathBuf,
    /// Capture files, or folders of them; the repository's fixtures when left out.
    captures: Vec<PathBuf>,
    /// How many spans at least.
    #[arg(long, default_value_t = 1_000_000)]
    spans: u64,
    /// Over how many hours, up to now.
    #[arg(long, default_value_t = 24)]
    hours: u64,
}

const SECOND_NS: u64 = 1_000_000_000;
const HOUR_NS: u64 = 3_600 * SECOND_NS;
/// So many requests are on their way at once.
const APPENDS: usize = 64;
/// So often each question is asked after the first time.
const WARM: usize = 5;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.command {
        Command::Make(make) => runtime.block_on(make_table(&make)),
        Command::Ask { folder } => runtime.block_on(ask(&folder)),
        Command::Grow { folder, days } => runtime.block_on(grow(&folder, days)),
    }
}

/// A request of a copy and when it arrives.
type Arrival = (u64, u64, usize);

#[expect(clippy::print_stdout, reason = "a report on standard output is what it is for")]
async fn make_table(arguments: &MakeArgs) -> anyhow::Result<()> {
    let requests = captures::requests(&arguments.captures)?;
    let per_copy = captures::count_spans(&requests)?;
    ensure!(per_copy > 0, "no spans in {:?}: name the folder that holds capture files", arguments.captures);
    let copies = arguments.spans.div_ceil(per_copy);
    let end = Env::system().now();
    let begin = end - arguments.hours * HOUR_NS;
    let ends: Vec<u64> =
        requests.iter().map(|request| span_times(request).map_or(0, |(_, last_end, _)| last_end)).collect();
    let first = ends.iter().copied().filter(|end| *end > 0).min().context("captures without spans")?;
    let distance_ns = arguments.hours * HOUR_NS / copies;
    let shift = |copy: u64| begin.wrapping_add(copy * distance_ns).wrapping_sub(first) as i64;
    let arrival_of = |copy: u64, at: usize| ends[at].wrapping_add(shift(copy) as u64) + SECOND_NS;
    let mut arrivals: Vec<Arrival> = (0..copies)
        .flat_map(|copy| (0..requests.len()).map(move |at| (copy, at)))
        .map(|(copy, at)| (arrival_of(copy, at), copy, at))
        .collect();
    arrivals.sort_unstable();
    println!("{copies} copies of {per_copy} spans, one every {} s", distance_ns / SECOND_NS);

    let storage = store::open(&arguments.folder).await?;
    storage.keep_derived(Arc::new(Deriver::default())).await?;
    let before = cpu::own_seconds();
    let minutes = arrivals.chunk_by(|one, next| one.0 / (60 * SECOND_NS) == next.0 / (60 * SECOND_NS));
    for (minute, arrivals) in minutes.enumerate() {
        let appends = arrivals.iter().map(|(arrival, copy, at)| {
            let mut request = requests[*at].clone();
            let moved = captures::rekey(&mut request, copy + 1, shift(*copy));
            let (storage, meta) = (&storage, RecordMeta { arrival: *arrival, ..store::meta() });
            async move {
                moved?;
                storage.append(meta, Bytes::from(request)).await?;
                anyhow::Ok(())
            }
        });
        futures::stream::iter(appends).buffer_unordered(APPENDS).try_collect::<()>().await?;
        storage.flush().await?;
        // As a server that keeps up.
        while storage.derive_next().await?.is_some() {}
        if minute % 60 == 59 {
            println!(
                "hour {}: {} spans, {} files",
                minute / 60,
                storage.stats().table_rows,
                storage.stats().table_files
            );
        }
    }
    while storage.compact().await?.is_some() {}
    let stats = storage.stats();
    let million = stats.table_rows as f64 / 1e6;
    println!(
        "{} spans in {} files of {:.2} B/span with rollups; {:.2} CPU-s per million for all of it; peak memory {} MiB",
        stats.table_rows,
        stats.table_files,
        stats.table_bytes as f64 / stats.table_rows as f64,
        (cpu::own_seconds() - before) / million,
        cpu::peak_memory_bytes(std::process::id())? >> 20,
    );
    storage.stop().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a report on standard output is what it is for")]
async fn grow(folder: &Path, days: u64) -> anyhow::Result<()> {
    let storage = store::open_to_ask(folder).await?;
    let (files, range) = (storage.snapshot().table.files.clone(), whole(&storage)?);
    storage.stop().await;
    let spans = benches::grow::rollups(folder, &files, days).await?;
    let storage = store::open_to_ask(folder).await?;
    println!("{spans} spans of {days} days before in rollups, {} here", storage.stats().table_rows);
    let engine = engine(&storage)?;
    let range = TimeRange { start: range.start - days * 24 * HOUR_NS, ..range };
    for step_s in [300, 3_600] {
        let name = if step_s == 300 { "all days, 5 min: the last 24 h" } else { "all days, 1 h" };
        let asked =
            if step_s == 300 { TimeRange { start: range.end - 24 * HOUR_NS, ..range } } else { range };
        let filter = format!("{{ {REQUESTS} }}");
        let question = (name, filter, &["k8s:verb", "k8s:resource"][..], step_s);
        latency(&engine, name, query_of(asked, &question)?).await?;
        let name = "the same by name";
        latency(&engine, name, query_of(asked, &(name, "{}".to_owned(), &["name"], step_s))?).await?;
    }
    storage.stop().await;
    Ok(())
}

fn engine(storage: &Arc<Storage>) -> anyhow::Result<Engine> {
    let config = query::Config { timeout: Duration::from_secs(600), ..query::Config::default() };
    Ok(Engine::new(config, Arc::clone(storage))?)
}

/// The first page's question.
const REQUESTS: &str =
    "kind = server && k8s:component = \"apiserver\" && k8s:resource != \"\" && k8s:watch = false";

/// Name and columns of quantiles by SQL.
const QUANTILES: [(&str, &str); 2] = [
    (
        "DataFusion's approx_percentile_cont, p50 and p99",
        "approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ns), approx_percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_ns)",
    ),
    ("quantile_with_exemplars, p99", "quantile_with_exemplars(duration_ns, 0.99, trace_id, span_id)"),
];

/// Name, filter, attributes, step in seconds.
type Question = (&'static str, String, &'static [&'static str], u64);

#[expect(clippy::print_stdout, reason = "a report on standard output is what it is for")]
async fn ask(folder: &Path) -> anyhow::Result<()> {
    let storage = store::open_to_ask(folder).await?;
    let engine = engine(&storage)?;
    let range = whole(&storage)?;
    println!("{} spans in {} files", storage.stats().table_rows, storage.stats().table_files);
    let questions: [Question; 5] = [
        (
            "requests by verb and resource, 5 min",
            format!("{{ {REQUESTS} }}"),
            &["k8s:verb", "k8s:resource"],
            300,
        ),
        ("the same, 1 h", format!("{{ {REQUESTS} }}"), &["k8s:verb", "k8s:resource"], 3600),
        ("all by name, 5 min", "{}".to_owned(), &["name"], 300),
        (
            "requests by verb and resource, by the spans, 5 min",
            format!("{{ {REQUESTS} && duration > 1ns }}"),
            &["k8s:verb", "k8s:resource"],
            300,
        ),
        (
            "requests in a namespace: beyond rollups, 5 min",
            format!("{{ {REQUESTS} && k8s:namespace = \"kube-system\" }}"),
            &["k8s:verb", "k8s:resource"],
            300,
        ),
    ];
    println!("question: cold wall, CPU; warm wall (median of {WARM}), CPU; source, rows, files");
    for question in questions {
        latency(&engine, question.0, query_of(range, &question)?).await?;
    }
    let name = "requests in a namespace, by their rows, 5 min";
    let filter = "{ k8s:resource != \"\" && k8s:watch = false && k8s:namespace = \"kube-system\" }";
    let mut by_rows = query_of(range, &(name, filter.to_owned(), &["k8s:verb", "k8s:resource"], 300))?;
    by_rows.of = Of::Requests;
    latency(&engine, name, by_rows).await?;
    // Rollups count by end.
    let name = "all by name, by the spans, 5 min";
    let mut by_start = query_of(range, &(name, "{}".to_owned(), &["name"], 300))?;
    by_start.slots = SlotInstant::Start;
    latency(&engine, name, by_start).await?;
    for (name, quantiles) in QUANTILES {
        let text = format!(
            "SELECT date_bin(INTERVAL '5 minutes', start_time), k8s_verb, k8s_resource, {quantiles} FROM spans WHERE kind = 2 AND k8s_component = 'apiserver' AND k8s_resource <> '' AND NOT k8s_watch GROUP BY 1, 2, 3"
        );
        time(name, "requests by verb and resource, 5 min (SQL)", || sql(&engine, &text)).await?;
    }
    let slowest =
        "SELECT trace_id, name, duration_ns FROM spans WHERE kind = 2 ORDER BY duration_ns DESC LIMIT 20";
    time("20 slowest server spans (SQL)", "", || sql(&engine, slowest)).await?;
    let slowest = "SELECT trace_id, k8s_verb, k8s_resource, duration_ns FROM requests WHERE NOT k8s_watch ORDER BY duration_ns DESC LIMIT 20";
    time("20 slowest requests (SQL)", "", || sql(&engine, slowest)).await?;
    let shares = "SELECT k8s_verb, k8s_resource, count(*), sum(duration_ns), sum(etcd_wire_phase_ns), sum(etcd_inner_phase_ns), sum(mutating_webhook_phase_ns) FROM requests WHERE NOT k8s_watch GROUP BY 1, 2 ORDER BY 4 DESC LIMIT 20";
    time("where requests spend their time (SQL)", "", || sql(&engine, shares)).await?;
    let values = AttributeValuesQuery {
        tenant: Tenant::default(),
        attribute: parse_attribute("k8s:resource")?,
        filter: parse_filter("{}")?,
        range,
        prefix: String::new(),
        limit: 1000,
    };
    time("values of k8s:resource", "", || async { engine.attribute_values(values.clone()).await.map(drop) })
        .await?;
    traces(&engine, range).await?;
    storage.stop().await;
    Ok(())
}

fn query_of(range: TimeRange, (_, filter, by, step_s): &Question) -> anyhow::Result<LatencyQuery> {
    let mut query = LatencyQuery::new(parse_filter(filter)?, range.start, range.end);
    query.by = by.iter().map(|attribute| parse_attribute(attribute)).collect::<Result<_, _>>()?;
    query.step = Step::Nanos(step_s * SECOND_NS);
    Ok(query)
}

/// Asks one question of latency. One that is refused, as it may be at the default limits, is told with the reason.
#[expect(clippy::print_stdout, reason = "a report on standard output is what it is for")]
async fn latency(engine: &Engine, name: &str, query: LatencyQuery) -> anyhow::Result<()> {
    let answer = match engine.latency(query.clone()).await {
        Err(error) if error.kind == ErrorKind::TooLarge => {
            println!("{name:<50} refused: {}", error.message.lines().next().unwrap_or_default());
            return Ok(());
        }
        answer => answer?,
    };
    let stats = answer.stats;
    let said = format!(
        "{:?}, {} rows, {} files, {:.1} MB, {} series",
        stats.source,
        stats.rows_read,
        stats.files_read,
        stats.bytes_read as f64 / 1e6,
        answer.series.len()
    );
    time(name, &said, || async { engine.latency(query.clone()).await.map(drop) }).await
}

async fn traces(engine: &Engine, range: TimeRange) -> anyhow::Result<()> {
    let mut query = LatencyQuery::new(parse_filter(&format!("{{ {REQUESTS} }}"))?, range.start, range.end);
    query.step = Step::Nanos(3_600 * SECOND_NS);
    let answer = engine.latency(query).await?;
    let exemplars: Vec<_> =
        answer.series.iter().flat_map(|series| &series.exemplars).take(2 * (WARM + 1)).collect();
    ensure!(exemplars.len() > WARM, "too few exemplars");
    for (name, is_hinted) in [("trace by id with a time hint", true), ("trace by id without", false)] {
        let asked = std::sync::atomic::AtomicUsize::new(usize::from(is_hinted) * (WARM + 1));
        time(name, "another trace each time", || {
            let exemplar =
                exemplars[asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % exemplars.len()];
            let query = TraceQuery {
                tenant: Tenant::default(),
                trace_id: exemplar.trace_id,
                near: is_hinted.then_some(exemplar.time),
            };
            async { engine.trace(query).await.map(drop) }
        })
        .await?;
    }
    Ok(())
}

async fn sql(engine: &Engine, text: &str) -> query::Result<()> {
    engine.sql(Tenant::default(), text.to_owned()).await.map(drop)
}

fn whole(storage: &Storage) -> anyhow::Result<TimeRange> {
    let table = storage.snapshot().table;
    let ends = table.files.iter().map(|file| (file.times.end_min, file.times.end_max));
    let (start, end) =
        ends.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))).context("an empty table")?;
    // Spans that had begun long before are few.
    Ok(TimeRange { start: start.max(end.saturating_sub(24 * HOUR_NS)), end: end + 1 })
}

#[expect(clippy::print_stdout, reason = "a report on standard output is what it is for")]
async fn time<F>(name: &str, said: &str, question: impl Fn() -> F) -> anyhow::Result<()>
where
    F: Future<Output = query::Result<()>>,
{
    let env = Env::system();
    let mut runs = Vec::new();
    for _ in 0..=WARM {
        let (cpu, wall) = (cpu::own_seconds(), env.monotonic());
        question().await?;
        runs.push((env.monotonic().saturating_sub(wall).as_secs_f64(), cpu::own_seconds() - cpu));
    }
    let (cold_wall, cold_cpu) = runs.remove(0);
    runs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (warm_wall, warm_cpu) = runs[WARM / 2];
    println!(
        "{name:<50} {:7.1} ms {cold_cpu:6.3} s; {:7.1} ms {warm_cpu:6.3} s; {said}",
        cold_wall * 1e3,
        warm_wall * 1e3
    );
    Ok(())
}
