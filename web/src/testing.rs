//! Test support: an engine whose answers are made by hand, and requests without a socket.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use http::header::HOST;
use http_body_util::BodyExt;
use prometheus_client::registry::Registry;
use proto::{Tenant, UnixNanos};
use query::attributes::{AttributeValuesAnswer, AttributeValuesQuery, AttributesAnswer, AttributesQuery};
use query::compare::{CompareAnswer, CompareQuery};
use query::latency::{LatencyAnswer, LatencyQuery, Source, Stats};
use query::search::{SearchAnswer, SearchQuery, SeriesAnswer, SeriesQuery};
use query::shares::{SharesAnswer, SharesQuery};
use query::trace::{Trace, TraceQuery};
use query::{Completeness, Watermark};
use storage::documents::{NotebookLimits, Notebooks, Pins};
use storage::env::{Env, ManualClock};
use storage::ledger::Ledger;
use tokio::sync::watch;
use tower::ServiceExt;

use crate::assets::Assets;
use crate::engine::Questions;
use crate::services::Shared;
use crate::sessions::Sessions;
use crate::{About, Config, Metrics, Readiness, server};

/// 2026-01-31T12:00:00Z.
pub(crate) const NOW: u64 = 1_769_860_800_000_000_000;

/// Nothing is missing.
const WHOLE: Completeness = Completeness {
    replaying: false,
    unreadable_files: false,
    out_of_touch: false,
    past_retention: false,
    thinned: false,
    raw_data_from: None,
    possible_duplicates: false,
};

pub(crate) const STATS: Stats = Stats {
    source: Source::Scan,
    rows_read: 1_234,
    files_read: 2,
    bytes_read: 5_678,
    elapsed: std::time::Duration::from_micros(3_250),
    completeness: WHOLE,
    complete_to: None,
};

const NOTEBOOK_LIMITS: NotebookLimits =
    NotebookLimits { notebooks_max: 2, revisions_max: 3, bytes_max: 4_096 };

/// What each question is answered with.
pub(crate) struct HandMade {
    pub(crate) latency: fn(LatencyQuery) -> query::Result<LatencyAnswer>,
    pub(crate) trace: fn(TraceQuery) -> query::Result<Trace>,
    pub(crate) attributes: fn(AttributesQuery) -> query::Result<AttributesAnswer>,
    pub(crate) attribute_values: fn(AttributeValuesQuery) -> query::Result<AttributeValuesAnswer>,
    pub(crate) compare: fn(CompareQuery) -> query::Result<CompareAnswer>,
    pub(crate) shares: fn(SharesQuery) -> query::Result<SharesAnswer>,
    pub(crate) search: fn(SearchQuery) -> query::Result<SearchAnswer>,
    pub(crate) series: fn(SeriesQuery) -> query::Result<SeriesAnswer>,
    pub(crate) sql: fn(String) -> query::Result<query::SqlAnswer>,
    pub(crate) watermark: fn() -> Watermark,
}

impl Default for HandMade {
    fn default() -> Self {
        Self {
            latency: |question| panic!("unexpected {question:?}"),
            trace: |question| panic!("unexpected {question:?}"),
            attributes: |question| panic!("unexpected {question:?}"),
            attribute_values: |question| panic!("unexpected {question:?}"),
            compare: |question| panic!("unexpected {question:?}"),
            shares: |question| panic!("unexpected {question:?}"),
            search: |question| panic!("unexpected {question:?}"),
            series: |question| panic!("unexpected {question:?}"),
            sql: |question| panic!("unexpected {question:?}"),
            watermark: Watermark::default,
        }
    }
}

#[async_trait]
impl Questions for HandMade {
    async fn latency(&self, question: LatencyQuery) -> query::Result<LatencyAnswer> {
        (self.latency)(question)
    }

    async fn trace(&self, question: TraceQuery) -> query::Result<Trace> {
        (self.trace)(question)
    }

    async fn attributes(&self, question: AttributesQuery) -> query::Result<AttributesAnswer> {
        (self.attributes)(question)
    }

    async fn attribute_values(&self, question: AttributeValuesQuery) -> query::Result<AttributeValuesAnswer> {
        (self.attribute_values)(question)
    }

    async fn compare(&self, question: CompareQuery) -> query::Result<CompareAnswer> {
        (self.compare)(question)
    }

    async fn shares(&self, question: SharesQuery) -> query::Result<SharesAnswer> {
        (self.shares)(question)
    }

    async fn search(&self, question: SearchQuery) -> query::Result<SearchAnswer> {
        (self.search)(question)
    }

    async fn series(&self, question: SeriesQuery) -> query::Result<SeriesAnswer> {
        (self.series)(question)
    }

    async fn sql(&self, _: Tenant, text: String) -> query::Result<query::SqlAnswer> {
        (self.sql)(text)
    }

    fn raw_data_from(&self, tenant: &Tenant) -> Option<UnixNanos> {
        (*tenant == Tenant::default()).then_some(NOW - 1)
    }

    fn watermark(&self) -> Watermark {
        (self.watermark)()
    }
}

/// Services that are ready, at [`NOW`], without a UI.
pub(crate) fn shared(engine: HandMade) -> Shared {
    let mut registry = Registry::with_prefix("tailplane");
    let metrics = Metrics::register(&mut registry);
    let env = Env::with_clock(Arc::new(ManualClock::at(NOW)));
    Shared {
        config: Config::default(),
        engine: Arc::new(engine),
        readiness: watch::channel(Readiness::Ready).1,
        about: watch::channel(About::default()).1,
        registry: Arc::new(registry),
        metrics,
        ledger: Ledger::new(4, env.clone()),
        pins: Pins::in_memory(2, env.clone()),
        notebooks: Notebooks::in_memory(NOTEBOOK_LIMITS, env.clone()),
        env,
        assets: Assets { find: |_| None },
        sessions: Sessions::new(&Config::default()),
    }
}

/// A request as a browser on this machine sends it.
pub(crate) fn get(uri: &str) -> Request<Body> {
    Request::get(uri).header(HOST, "localhost:4319").body(Body::empty()).unwrap()
}

/// The same with a question in its body.
pub(crate) fn post(uri: &str, body: &str) -> Request<Body> {
    Request::post(uri).header(HOST, "localhost:4319").body(Body::from(body.to_owned())).unwrap()
}

pub(crate) async fn send(shared: Shared, request: Request<Body>) -> Response {
    server::routes(Arc::new(shared)).oneshot(request).await.unwrap()
}

pub(crate) async fn body(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().into()).unwrap()
}

/// Status and body of the answer to `uri`.
pub(crate) async fn answer(engine: HandMade, uri: &str) -> (u16, String) {
    let response = send(shared(engine), get(uri)).await;
    (response.status().as_u16(), body(response).await)
}

/// Checks a JSON text against the golden one; the order of keys does not count.
pub(crate) fn assert_golden(found: &str, golden: &str) {
    let found: serde_json::Value = serde_json::from_str(found).unwrap();
    // An unreadable golden text is unequal to everything, and so shows what was found.
    let golden: serde_json::Value = serde_json::from_str(golden).unwrap_or_default();
    assert!(found == golden, "found:\n{found:#}\ngolden:\n{golden:#}");
}
