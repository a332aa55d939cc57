//! What is in the folder of a stopped server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use bytesize::ByteSize;
use proto::Tenant;
use query::Engine;
use storage::Storage;
use storage::env::Env;

use super::ledger::Found;

/// Longer than any data is old.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
const ROWS_MAX: usize = 100_000_000;
const TEXT: &str = "SELECT trace_id, count(*), count(DISTINCT span_id), CAST(sum(duration_ns) AS BIGINT) \
                    FROM spans GROUP BY trace_id";

/// Every trace in the data folder, replayed first as a start of the server would.
///
/// # Errors
/// When the folder cannot be opened, which a crash must never cause.
pub async fn traces(data: &Path, env: &Env) -> anyhow::Result<Vec<Found>> {
    let config = storage::Config {
        url: data.display().to_string(),
        retention: FOREVER,
        max_bytes: Some(ByteSize::tib(1)),
        ..storage::Config::default()
    };
    let storage = Storage::open(config, env.clone(), Arc::new(ingest::decode_requests))
        .await
        .context("the folder cannot be opened after the fault")?;
    storage.replayed().await.context("the log cannot be replayed after the fault")?;
    let found = ask(&storage).await;
    storage.stop().await;
    found
}

async fn ask(storage: &Arc<Storage>) -> anyhow::Result<Vec<Found>> {
    let config = query::Config {
        memory: ByteSize::gib(6),
        timeout: Duration::from_secs(600),
        sql_rows_max: ROWS_MAX,
        ..query::Config::default()
    };
    let engine = Engine::new(config, Arc::clone(storage))?;
    let answer = engine.sql(Tenant::default(), TEXT.to_owned()).await?;
    ensure!(answer.completeness.is_complete(), "not all can be read: {:?}", answer.completeness);
    let mut found = Vec::new();
    for batch in &answer.batches {
        let ids = batch.column(0).as_fixed_size_binary();
        let numbers = |column: usize| batch.column(column).as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let number = |column: usize| u64::try_from(numbers(column).value(row));
            found.push(Found {
                trace_id: ids.value(row).try_into().context("a trace id has 16 bytes")?,
                rows: number(1)?,
                spans: number(2)?,
                duration_ns: number(3)?,
            });
        }
    }
    Ok(found)
}
