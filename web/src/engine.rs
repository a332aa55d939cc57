//! What the API asks of the query engine: the seam at which tests put answers made by hand.

use async_trait::async_trait;
use proto::{Tenant, UnixNanos};
use query::Result;
use query::attributes::{AttributeValuesAnswer, AttributeValuesQuery, AttributesAnswer, AttributesQuery};
use query::latency::{LatencyAnswer, LatencyQuery};
use query::trace::{Trace, TraceQuery};

/// The questions this room passes on.
#[async_trait]
pub(crate) trait Questions: Send + Sync {
    async fn latency(&self, question: LatencyQuery) -> Result<LatencyAnswer>;
    async fn trace(&self, question: TraceQuery) -> Result<Trace>;
    async fn attributes(&self, question: AttributesQuery) -> Result<AttributesAnswer>;
    async fn attribute_values(&self, question: AttributeValuesQuery) -> Result<AttributeValuesAnswer>;
    fn raw_data_from(&self, tenant: &Tenant) -> Option<UnixNanos>;
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

    fn raw_data_from(&self, tenant: &Tenant) -> Option<UnixNanos> {
        Self::raw_data_from(self, tenant)
    }
}
