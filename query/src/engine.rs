//! The engine: questions in, answers out, each within its memory and time, off the threads that take spans in.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use model::place::NodeFile;
use parking_lot::RwLock;
use proto::{ErrorKind, Tenant, TimeRange};
use storage::{Storage, Watermark};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use crate::attributes::{
    AttributeValuesAnswer, AttributeValuesQuery, AttributesAnswer, AttributesQuery, attribute_names,
    attribute_values,
};
use crate::compare::{CompareAnswer, CompareQuery, compare};
use crate::latency::{LatencyAnswer, LatencyQuery, Stats, latency};
use crate::search::{SearchAnswer, SearchQuery, SeriesAnswer, SeriesQuery, search, series};
use crate::session::{Sessions, SharedSessions};
use crate::shares::{SharesAnswer, SharesQuery, shares};
use crate::spans::{SpansQuery, span_rows, spans};
use crate::sql::{SqlAnswer, sql};
use crate::trace::{Trace, TraceQuery, counted_trace};
use crate::{Config, Error, Progress, Result, StoredSpan};

/// A question that meets a failing object store is asked again after these.
const STORE_RETRY_DELAYS: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(1000)];

/// Answers questions over the spans of a [`Storage`].
#[derive(Debug)]
pub struct Engine {
    inner: Arc<Inner>,
    /// Queries are CPU-bound for seconds; on the runtime that acknowledges spans they would delay the acks.
    runtime: Option<Runtime>,
    permits: Arc<Semaphore>,
}

#[derive(Debug)]
struct Inner {
    config: Config,
    storage: Arc<Storage>,
    sessions: SharedSessions,
    nodes: RwLock<Option<Arc<NodeFile>>>,
}

impl Engine {
    /// An engine over `storage`.
    ///
    /// # Errors
    /// When the configuration is invalid or the system refuses threads.
    pub fn new(config: Config, storage: Arc<Storage>) -> Result<Self> {
        config.validate()?;
        let sessions = SharedSessions::new(&config, storage.segment_store())?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(sessions.partitions())
            .thread_name("query")
            .enable_all()
            .build()
            .map_err(|error| {
                Error::new(ErrorKind::Unavailable, format!("cannot start query threads: {error}"))
            })?;
        let permits = Arc::new(Semaphore::new(config.concurrent_max));
        Ok(Self {
            inner: Arc::new(Inner { config, storage, sessions, nodes: RwLock::default() }),
            runtime: Some(runtime),
            permits,
        })
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The earliest arrival among the spans of `tenant`, if it has some.
    #[must_use]
    pub fn raw_data_from(&self, tenant: &Tenant) -> Option<proto::UnixNanos> {
        self.inner.storage.snapshot().raw_data_from(tenant)
    }

    /// How far what can be asked for has come, of all tenants.
    #[must_use]
    pub fn watermark(&self) -> Watermark {
        self.inner.storage.watermark()
    }

    /// The time that holds every end of a span of `tenant`, if there are spans.
    #[must_use]
    pub fn ends(&self, tenant: &Tenant) -> Option<TimeRange> {
        let selection =
            self.inner.storage.snapshot().select(tenant, TimeRange::ALL, storage::SpanInstant::Any);
        let segments = selection.segments.iter().map(|file| (file.times.end_min, file.times.end_max));
        let live = selection.live.iter().map(|batch| (batch.spans.times.end_min, batch.spans.times.end_max));
        let (start, end) =
            segments.chain(live).reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))?;
        Some(TimeRange { start, end: end.saturating_add(1) })
    }

    /// Which nodes there are, and their zones, for the answers from now on.
    pub fn set_nodes(&self, nodes: Arc<NodeFile>) {
        *self.inner.nodes.write() = Some(nodes);
    }

    /// Latency over time, by group, with exemplars.
    ///
    /// # Errors
    /// `Invalid` for a question that makes no sense; `TooLarge` when it needs more memory than `query.memory`;
    /// `DeadlineExceeded` after `query.timeout`.
    pub async fn latency(&self, query: LatencyQuery) -> Result<LatencyAnswer> {
        let (mut answer, cost) = self
            .run(query, |query, inner, sessions| async move {
                latency(&query, &inner.storage.snapshot(), &sessions, &inner.config).await
            })
            .await?;
        cost.put_into(&mut answer.stats);
        Ok(answer)
    }

    /// The traces that a TraceQL query finds.
    ///
    /// # Errors
    /// As [`Self::latency`].
    pub async fn search(&self, query: SearchQuery) -> Result<SearchAnswer> {
        let (mut answer, cost) = self
            .run(query, |query, inner, sessions| async move {
                search(&query, &inner.storage.snapshot(), &sessions, &inner.config).await
            })
            .await?;
        cost.put_into(&mut answer.stats);
        Ok(answer)
    }

    /// The series of a TraceQL metrics query.
    ///
    /// # Errors
    /// As [`Self::latency`]; `TooLarge` also when more than `query.search_traces_max` traces may count.
    pub async fn series(&self, query: SeriesQuery) -> Result<SeriesAnswer> {
        let (mut answer, cost) = self
            .run(query, |query, inner, sessions| async move {
                series(&query, &inner.storage.snapshot(), &sessions, &inner.config).await
            })
            .await?;
        cost.put_into(&mut answer.stats);
        Ok(answer)
    }

    /// What makes some rows different from the rest.
    ///
    /// # Errors
    /// As [`Self::latency`].
    pub async fn compare(&self, query: CompareQuery) -> Result<CompareAnswer> {
        let (mut answer, cost) = self
            .run(query, |query, inner, sessions| async move {
                compare(&query, &inner.storage.snapshot(), &sessions, &inner.config).await
            })
            .await?;
        cost.put_into(&mut answer.stats);
        Ok(answer)
    }

    /// What requests or pod starts spend their time on, by how long they take.
    ///
    /// # Errors
    /// As [`Self::latency`].
    pub async fn shares(&self, query: SharesQuery) -> Result<SharesAnswer> {
        let (mut answer, cost) = self
            .run(query, |query, inner, sessions| async move {
                shares(&query, &inner.storage.snapshot(), &sessions, &inner.config).await
            })
            .await?;
        cost.put_into(&mut answer.stats);
        Ok(answer)
    }

    /// Every span of a trace.
    ///
    /// # Errors
    /// `NotFound` when there is none; else as [`Self::latency`].
    pub async fn trace(&self, query: TraceQuery) -> Result<Trace> {
        let run = self.run(query, |query, inner, sessions| async move {
            let nodes = inner.nodes.read().clone();
            counted_trace(&query, &inner.storage.snapshot(), &sessions, &inner.config, nodes).await
        });
        Ok(run.await?.0)
    }

    /// The attributes that spans have.
    ///
    /// # Errors
    /// As [`Self::latency`].
    pub async fn attributes(&self, query: AttributesQuery) -> Result<AttributesAnswer> {
        let (mut answer, cost) = self
            .run(query, |query, inner, sessions| async move {
                attribute_names(&query, &inner.storage.snapshot(), &sessions).await
            })
            .await?;
        cost.put_into(&mut answer.stats);
        Ok(answer)
    }

    /// The values of one attribute.
    ///
    /// # Errors
    /// As [`Self::latency`].
    pub async fn attribute_values(&self, query: AttributeValuesQuery) -> Result<AttributeValuesAnswer> {
        let (mut answer, cost) = self
            .run(query, |query, inner, sessions| async move {
                attribute_values(&query, &inner.storage.snapshot(), &sessions, &inner.config).await
            })
            .await?;
        cost.put_into(&mut answer.stats);
        Ok(answer)
    }

    /// Whole spans that meet a filter, latest first.
    ///
    /// # Errors
    /// As [`Self::latency`].
    pub async fn spans(&self, query: SpansQuery) -> Result<Vec<StoredSpan>> {
        let run = self.run(query, |query, inner, sessions| async move {
            spans(&query, &inner.storage.snapshot(), &sessions).await
        });
        Ok(run.await?.0)
    }

    /// The same as rows of the table, earliest first: every column of [`storage::schema::file_schema`], texts and binaries
    /// perhaps as views.
    ///
    /// # Errors
    /// As [`Self::latency`].
    pub async fn span_rows(&self, query: SpansQuery) -> Result<Vec<RecordBatch>> {
        let run = self.run(query, |query, inner, sessions| async move {
            span_rows(&query, &inner.storage.snapshot(), &sessions).await
        });
        Ok(run.await?.0)
    }

    /// The rows of a read-only SQL query over the spans, their rollups and the derived tables.
    ///
    /// # Errors
    /// `Invalid` for text that is not one query; else as [`Self::latency`].
    pub async fn sql(&self, tenant: Tenant, text: String) -> Result<SqlAnswer> {
        let (mut answer, cost) = self
            .run((tenant, text), |query, inner, sessions| async move {
                let (tenant, text) = query.as_ref();
                sql(text, tenant, inner.storage.snapshot(), &sessions, &inner.config).await
            })
            .await?;
        (answer.bytes_read, answer.elapsed) = (cost.bytes_read, cost.elapsed);
        Ok(answer)
    }

    /// Runs one question on the query threads, and says what it cost. A question that met a damaged file is asked again:
    /// the next snapshot is without that file. So is one that the store of the files failed.
    async fn run<Q, F, Fut, T>(&self, query: Q, question: F) -> Result<(T, Cost)>
    where
        Q: Send + Sync + 'static,
        F: Fn(Arc<Q>, Arc<Inner>, Arc<Sessions>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        let stopped = || Error::new(ErrorKind::Unavailable, "the query engine has stopped");
        let runtime = self.runtime.as_ref().ok_or_else(stopped)?;
        let env = self.inner.storage.env().clone();
        let started = env.monotonic();
        let timeout = self.inner.config.timeout;
        let (permits, inner, query) = (Arc::clone(&self.permits), Arc::clone(&self.inner), Arc::new(query));
        let progress = Progress::current();
        let task = runtime.spawn(async move {
            let _permit = permits.acquire().await.map_err(|_| stopped())?;
            let sessions = Arc::new(inner.sessions.of_a_query(progress)?);
            let mut delays = STORE_RETRY_DELAYS.iter();
            loop {
                let damage_count = inner.storage.damage_count();
                let asked = question(Arc::clone(&query), Arc::clone(&inner), Arc::clone(&sessions));
                let error = match asked.await {
                    Ok(answer) => return Ok((answer, sessions.reads().bytes())),
                    Err(error) => sessions.reads().refusal().unwrap_or(error),
                };
                // Each time at least one more file is left out, so this ends.
                if inner.storage.damage_count() > damage_count {
                    continue;
                }
                match delays.next().filter(|_| error.kind == ErrorKind::Unavailable) {
                    Some(delay) => inner.storage.env().sleep(*delay).await,
                    None => return Err(error),
                }
            }
        });
        // A caller that goes away takes its query with it. Its time is taken here: a step of a plan may hold a query thread for
        // longer than it has, and nothing on those threads would notice.
        let answer = tokio::time::timeout(timeout, AbortOnDrop(task)).await;
        let elapsed = env.monotonic().saturating_sub(started);
        match answer {
            Ok(Ok(answer)) => {
                let (answer, bytes_read) = answer?;
                Ok((answer, Cost { bytes_read, elapsed }))
            }
            Ok(Err(error)) => Err(Error::new(ErrorKind::Internal, format!("the query failed: {error}"))),
            Err(_) => Err(Error::new(
                ErrorKind::DeadlineExceeded,
                format!(
                    "the query took longer than query.timeout ({timeout:?}): ask for a shorter range or a narrower filter"
                ),
            )),
        }
    }
}

/// What an answer cost.
struct Cost {
    bytes_read: u64,
    elapsed: Duration,
}

impl Cost {
    fn put_into(self, stats: &mut Stats) {
        (stats.bytes_read, stats.elapsed) = (self.bytes_read, self.elapsed);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Future for AbortOnDrop<T> {
    type Output = std::result::Result<T, tokio::task::JoinError>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
