//! What the API asks of the query engine: the seam at which tests put answers made by hand.

use async_trait::async_trait;
use proto::{Tenant, UnixNanos};
use query::attributes::{AttributeValuesAnswer, AttributeValuesQuery, AttributesAnswer, AttributesQuery};
use query::compare::{CompareAnswer, CompareQuery};
use query::latency::{LatencyAnswer, LatencyQuery};
use query::search::{SearchAnswer, SearchQuery, SeriesAnswer, SeriesQuery};
use query::shares::{SharesAnswer, SharesQuery};
use query::trace::{Trace, TraceQuery};
use query::{Result, SqlAnswer, Watermark};

/// The questions this room passes on.
#[async_trait]
pub(crate) trait Questions: Send + Sync {
    async fn latency(&self, question: LatencyQuery) -> Result<LatencyAnswer>;
    async fn trace(&self, question: TraceQuery) -> Result<Trace>;
    async fn attributes(&self, question: AttributesQuery) -> Result<AttributesAnswer>;
    async fn attribute_values(&self, question: AttributeValuesQuery) -> Result<AttributeValuesAnswer>;
    async fn compare(&self, question: CompareQuery) -> Result<CompareAnswer>;
    async fn shares(&self, question: SharesQuery) -> Result<SharesAnswer>;
    async fn search(&self, question: SearchQuery) -> Result<SearchAnswer>;
    async fn series(&self, question: SeriesQuery) -> Result<SeriesAnswer>;
    async fn sql(&self, tenant: Tenant, text: String) -> Result<SqlAnswer>;
    fn raw_data_from(&self, tenant: &Tenant) -> Option<UnixNanos>;
    fn watermark(&self) -> Watermark;
}

#[async_trait]
impl Questions for query::Engine {
    async fn latency(&self, question: LatencyQuery) -> Result<LatencyAnswer> {
        Self::latency(self, question).await
    }

    async fn trace(&self, question: TraceQuery) -> Result<Trace> {
        Self::trace(self, question).await
    }

    async fn attributes(&self, question: AttributesQuery) -> Result<AttributesAnswer> {
        Self::attributes(self, question).await
    }

    async fn attribute_values(&self, question: AttributeValuesQuery) -> Result<AttributeValuesAnswer> {
        Self::attribute_values(self, question).await
    }

    async fn compare(&self, question: CompareQuery) -> Result<CompareAnswer> {
        Self::compare(self, question).await
    }

    async fn shares(&self, question: SharesQuery) -> Result<SharesAnswer> {
        Self::shares(self, question).await
    }

    async fn search(&self, question: SearchQuery) -> Result<SearchAnswer> {
        Self::search(self, question).await
    }

    async fn series(&self, question: SeriesQuery) -> Result<SeriesAnswer> {
        Self::series(self, question).await
    }

    async fn sql(&self, tenant: Tenant, text: String) -> Result<SqlAnswer> {
        Self::sql(self, tenant, text).await
    }

    fn raw_data_from(&self, tenant: &Tenant) -> Option<UnixNanos> {
        Self::raw_data_from(self, tenant)
    }

    fn watermark(&self) -> Watermark {
        Self::watermark(self)
    }
}
