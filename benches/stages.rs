//! What each stage of the way of a span costs: CPU-seconds per million spans, in one process, on captured requests.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, ensure};
use benches::captures::{self, Nothing};
use benches::derivation::Spans;
use benches::{cpu, store};
use clap::Parser;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use proto::otlp::{DecodeLimits, decode_request};
use query::Deriver;
use storage::Storage;

/// Measures decode, columns, append and flush on captured export requests.
#[derive(Debug, Parser)]
struct Arguments {
    /// Capture files, or folders of them; the repository's fixtures when left out.
    captures: Vec<PathBuf>,
    /// How often each decoding stage is run.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Where data is written for append and flush: a folder on the disk in question.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
}

#[expect(clippy::print_stdout, reason = "a report on standard output is what it is for")]
fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let requests = captures::requests(&arguments.captures)?;
    ensure!(!requests.is_empty(), "no requests in {:?}", arguments.captures);
    let spans = captures::count_spans(&requests)?;
    let bytes: usize = requests.iter().map(Vec::len).sum();
    println!(
        "{} requests, {spans} spans, {:.1} B/span on the wire",
        requests.len(),
        bytes as f64 / spans as f64
    );
    println!("CPU-seconds per million spans:");
    let report = |stage: &str, seconds: f64, runs: u32| {
        println!("  {stage:<52} {:.3}", seconds / f64::from(runs) / spans as f64 * 1e6);
    };
    let timed = |stage: &str, run: &dyn Fn() -> anyhow::Result<()>| -> anyhow::Result<()> {
        let before = cpu::own_seconds();
        (0..arguments.rounds).try_for_each(|_| run())?;
        report(stage, cpu::own_seconds() - before, arguments.rounds);
        Ok(())
    };
    timed("prost decode (for comparison)", &|| {
        for request in &requests {
            black_box(ExportTraceServiceRequest::decode(request.as_slice())?);
        }
        Ok(())
    })?;
    timed("decode", &|| {
        for request in &requests {
            black_box(decode_request(request, &DecodeLimits::default(), &mut Nothing)?);
        }
        Ok(())
    })?;
    let decoded = Spans::decode(&requests)?;
    timed("normalise (part of the next)", &|| {
        decoded.normalise();
        Ok(())
    })?;
    let logged = store::logged(&requests);
    timed("decode + validate into columns", &|| {
        for together in logged.chunks(store::SETTLED_TOGETHER) {
            black_box(ingest::decode_requests(together)?);
        }
        Ok(())
    })?;
    timed("derive: pair, assemble, request and pod start rows", &|| {
        black_box(decoded.derive());
        Ok(())
    })?;
    let derived = decoded.derive();
    println!(
        "  {} traces, {} request rows ({} miss nothing), {} pod start rows",
        derived.traces, derived.requests, derived.complete, derived.pod_starts
    );
    drop(decoded);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        keep(&arguments.folder, &requests, spans, &report).await?;
        compact(&arguments.folder, &requests, spans, &report).await
    })
}

type Report<'a> = &'a dyn Fn(&str, f64, u32);

#[expect(clippy::print_stdout, reason = "a report on standard output is what it is for")]
async fn keep(at: &Path, requests: &[Vec<u8>], spans: u64, report: Report<'_>) -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(at).context("cannot make a folder in --folder")?;
    let storage = store::open(folder.path()).await?;
    let before = cpu::own_seconds();
    store::append(&storage, requests).await?;
    report("WAL, fdatasync, into columns", cpu::own_seconds() - before, 1);
    println!("  live buffer: {:.0} B/span of memory", storage.stats().live_bytes as f64 / spans as f64);
    let before = cpu::own_seconds();
    storage.flush().await?;
    report("flush: sort, encode, commit", cpu::own_seconds() - before, 1);
    println!("segments with rollups: {:.2} B/span on disk", bytes_per_span(&storage));
    storage.keep_derived(Arc::new(Deriver::default())).await?;
    cpu::forget_own_peak_memory()?;
    let (before, memory) = (cpu::own_seconds(), cpu::memory_bytes(std::process::id())?);
    while storage.derive_next().await?.is_some() {}
    report("derived tables: read back, assemble, rows, commit", cpu::own_seconds() - before, 1);
    let peak = cpu::peak_memory_bytes(std::process::id())?.saturating_sub(memory);
    let snapshot = storage.snapshot();
    let rollups: u64 = snapshot.table.files.iter().filter_map(|file| file.rollup_bytes).sum();
    println!("  {} MiB of memory; rollups {:.2} B/span", peak >> 20, rollups as f64 / spans as f64);
    for derived in &snapshot.derived {
        let (rows, bytes) =
            derived.table.files.iter().fold((0, 0), |sum, file| (sum.0 + file.rows, sum.1 + file.bytes));
        println!("  {}: {rows} rows, {:.2} B/span", derived.of.name(), bytes as f64 / spans as f64);
    }
    storage.stop().await;
    Ok(())
}

/// As many flushes as compaction merges at once.
const FLUSHES: usize = 16;

#[expect(clippy::print_stdout, reason = "a report on standard output is what it is for")]
async fn compact(at: &Path, requests: &[Vec<u8>], spans: u64, report: Report<'_>) -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(at).context("cannot make a folder in --folder")?;
    let storage = store::open(folder.path()).await?;
    for part in requests.chunks(requests.len().div_ceil(FLUSHES)) {
        store::append(&storage, part).await?;
        storage.flush().await?;
    }
    let (files, size) = (storage.stats().table_files, bytes_per_span(&storage));
    cpu::forget_own_peak_memory()?;
    let (before, memory) = (cpu::own_seconds(), cpu::memory_bytes(std::process::id())?);
    let mut read = 0;
    while let Some(merged) = storage.compact().await? {
        read += merged.rows;
    }
    report("compaction", cpu::own_seconds() - before, 1);
    let peak = cpu::peak_memory_bytes(std::process::id())?.saturating_sub(memory);
    println!(
        "  {files} segments of {size:.2} B/span became {} of {:.2} B/span; {:.2} writes of each span; {} MiB of memory",
        storage.stats().table_files,
        bytes_per_span(&storage),
        read as f64 / spans as f64,
        peak >> 20
    );
    storage.stop().await;
    Ok(())
}

fn bytes_per_span(storage: &Storage) -> f64 {
    let stats = storage.stats();
    stats.table_bytes as f64 / stats.table_rows as f64
}
